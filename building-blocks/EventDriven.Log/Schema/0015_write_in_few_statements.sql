-- As before, with as few statements as it takes: each of them costs as much as several rows. The log's id is looked at where the events are inserted.
create or replace function log.write(
    p_log_id uuid, p_presumed_at timestamptz,
    head_streams text[], before_versions bigint[], before_hashes bytea[], head_versions bigint[], head_hashes bytea[], head_times timestamptz[], head_sequences text[],
    streams text[], versions bigint[], topics text[], sequences bigint[], types text[], message_ids uuid[], correlation_ids uuid[],
    causation_ids uuid[], traceparents text[], idempotency_keys text[], recorded_ats timestamptz[], effective_ats timestamptz[],
    subjects uuid[], datas bytea[], previous_hashes bytea[], hashes bytea[])
returns void language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    present int := cardinality(array_remove(before_versions, -1));
    done bigint;
begin
    if p_presumed_at not between clock_timestamp() - interval '100 milliseconds' and clock_timestamp() then
        raise exception 'the log is not what it was taken for' using errcode = 'ED007';
    end if;
    if present > 0 then
        update log.streams s
        set version = h.version, hash = h.hash, recorded_at = h.recorded_at, sequences = h.sequences::jsonb
        from unnest(head_streams, before_versions, before_hashes, head_versions, head_hashes, head_times, head_sequences)
            h (stream, before_version, before_hash, version, hash, recorded_at, sequences)
        where s.stream = h.stream and s.version = h.before_version and s.hash = h.before_hash;
        get diagnostics done = row_count;
        if done < present then
            raise exception 'a stream has moved on' using errcode = 'ED007';
        end if;
    end if;
    if present < cardinality(before_versions) then
        insert into log.streams (stream, version, hash, recorded_at, sequences)
        select h.stream, h.version, h.hash, h.recorded_at, h.sequences::jsonb
        from unnest(head_streams, before_versions, head_versions, head_hashes, head_times, head_sequences) h (stream, before, version, hash, recorded_at, sequences)
        where h.before = -1;
    end if;
    insert into log.events (log_id, stream, version, topic, sequence, type, message_id, correlation_id, causation_id,
        traceparent, idempotency_key, recorded_at, effective_at, subject, data, previous_hash, hash)
    select p_log_id, e.*
    from unnest(streams, versions, topics, sequences, types, message_ids, correlation_ids, causation_ids,
        traceparents, idempotency_keys, recorded_ats, effective_ats, subjects, datas, previous_hashes, hashes) e
    where p_log_id = (select i.log_id from log.incarnations i order by i.number desc limit 1);
    get diagnostics done = row_count;
    if done < cardinality(streams) then
        raise exception 'the log is not what it was taken for' using errcode = 'ED007';
    end if;
    if clock_timestamp() > p_presumed_at + interval '4 seconds' then
        perform log.commit_in_time(p_presumed_at); -- says no
    end if;
end $$;
