-- A transaction whose appends are pipelined commits in the same round trip: when it began to append is noted in it, and the last statement
-- before the commit refuses what is no longer near.
create or replace function log.append_or_raise(
    stream text, expected bigint,
    topics text[], types text[], message_ids uuid[], correlation_ids uuid[], causation_ids uuid[],
    traceparents text[], idempotency_keys text[], effective_ats timestamptz[], subjects uuid[], datas bytea[], unordereds boolean[] default null)
returns void language plpgsql as $$
declare
    result record;
begin
    if coalesce(current_setting('log.appending_since', true), '') = '' then
        perform set_config('log.appending_since', clock_timestamp()::text, true); -- until the transaction ends
    end if;
    result := log.append(stream, expected, topics, types, message_ids, correlation_ids, causation_ids,
        traceparents, idempotency_keys, effective_ats, subjects, datas, unordereds);
    if not result.appended then
        raise exception 'stream % was expected at version % but is at %', stream, expected, result.version using errcode = 'ED002';
    end if;
end $$;

create function log.commit_in_time() returns void language plpgsql as $$
begin
    perform log.commit_in_time(nullif(current_setting('log.appending_since', true), '')::timestamptz);
end $$;

-- As before; a write on presumed heads may be a transaction of its own, so it looks itself whether it had to wait for long.
create or replace function log.write(
    p_log_id uuid, p_presumed_at timestamptz,
    head_streams text[], before_versions bigint[], before_hashes bytea[], head_versions bigint[], head_hashes bytea[], head_times timestamptz[], head_sequences text[],
    streams text[], versions bigint[], topics text[], sequences bigint[], types text[], message_ids uuid[], correlation_ids uuid[],
    causation_ids uuid[], traceparents text[], idempotency_keys text[], recorded_ats timestamptz[], effective_ats timestamptz[],
    subjects uuid[], datas bytea[], previous_hashes bytea[], hashes bytea[])
returns void language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    moved bigint;
begin
    if p_presumed_at not between clock_timestamp() - interval '100 milliseconds' and clock_timestamp()
        or p_log_id <> (select i.log_id from log.incarnations i order by i.number desc limit 1)
    then
        raise exception 'the log is not what it was taken for' using errcode = 'ED007';
    end if;
    if 0 <= any (before_versions) then
        update log.streams s
        set version = h.version, hash = h.hash, recorded_at = h.recorded_at, sequences = h.sequences::jsonb
        from unnest(head_streams, before_versions, before_hashes, head_versions, head_hashes, head_times, head_sequences)
            h (stream, before_version, before_hash, version, hash, recorded_at, sequences)
        where s.stream = h.stream and s.version = h.before_version and s.hash = h.before_hash;
        get diagnostics moved = row_count;
        if moved < (select count(*) from unnest(before_versions) v where v >= 0) then
            raise exception 'a stream has moved on' using errcode = 'ED007';
        end if;
    end if;
    if -1 = any (before_versions) then
        insert into log.streams (stream, version, hash, recorded_at, sequences)
        select h.stream, h.version, h.hash, h.recorded_at, h.sequences::jsonb
        from unnest(head_streams, before_versions, head_versions, head_hashes, head_times, head_sequences) h (stream, before, version, hash, recorded_at, sequences)
        where h.before = -1;
    end if;
    insert into log.events (log_id, stream, version, topic, sequence, type, message_id, correlation_id, causation_id,
        traceparent, idempotency_key, recorded_at, effective_at, subject, data, previous_hash, hash)
    select p_log_id, e.*
    from unnest(streams, versions, topics, sequences, types, message_ids, correlation_ids, causation_ids,
        traceparents, idempotency_keys, recorded_ats, effective_ats, subjects, datas, previous_hashes, hashes) e;
    perform log.commit_in_time(p_presumed_at);
end $$;

-- Planned once per connection instead of at every call: with arrays as parameters a plan for this call always looks cheaper than it is.
alter function log.sequence(bigint, bigint, bigint[], bigint[], int) set plan_cache_mode = force_generic_plan;
alter function log.relayed_to(bigint, bigint, bigint, text[], int[], bigint[], bigint[]) set plan_cache_mode = force_generic_plan;
