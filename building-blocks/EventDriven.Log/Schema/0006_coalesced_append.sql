-- What the coalesced append asks of the database: lock the heads, then write what was decided about them. The settings are for a plan
-- that is made while the tables are still small and kept: only indexes will do for what they grow into.

-- Locks the heads of the streams that have one, in the order of their names, so that two calls never wait for each other in a circle.
create function log.lock_heads(
    p_streams text[], out log_id uuid, out now timestamptz,
    out streams text[], out versions bigint[], out hashes bytea[], out recorded_ats timestamptz[], out sequences text[])
language plpgsql set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
begin
    select array_agg(h.stream), array_agg(h.version), array_agg(h.hash), array_agg(h.recorded_at), array_agg(h.sequences::text)
    into streams, versions, hashes, recorded_ats, sequences
    from (select s.* from log.streams s where s.stream = any (p_streams) order by s.stream for update) h;
    select i.log_id into log_id from log.incarnations i order by i.number desc limit 1;
    now := clock_timestamp();
end $$;

-- Writes events and what their heads have become. The heads first: who creates a stream at the same time is told apart by them, and a
-- transaction has its number before it draws the first id, as the sequencer needs it.
create function log.write(
    p_log_id uuid, head_streams text[], is_new boolean[], head_versions bigint[], head_hashes bytea[], head_times timestamptz[], head_sequences text[],
    streams text[], versions bigint[], topics text[], sequences bigint[], types text[], message_ids uuid[], correlation_ids uuid[],
    causation_ids uuid[], traceparents text[], idempotency_keys text[], recorded_ats timestamptz[], effective_ats timestamptz[],
    subjects uuid[], datas bytea[], previous_hashes bytea[], hashes bytea[])
returns void language plpgsql
set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
    if true = any (is_new) then
        insert into log.streams (stream, version, hash, recorded_at, sequences)
        select h.stream, h.version, h.hash, h.recorded_at, h.sequences::jsonb
        from unnest(head_streams, is_new, head_versions, head_hashes, head_times, head_sequences) h (stream, is_new, version, hash, recorded_at, sequences)
        where h.is_new;
    end if;
    if false = any (is_new) then
        update log.streams s
        set version = h.version, hash = h.hash, recorded_at = h.recorded_at, sequences = h.sequences::jsonb
        from unnest(head_streams, is_new, head_versions, head_hashes, head_times, head_sequences) h (stream, is_new, version, hash, recorded_at, sequences)
        where s.stream = h.stream and not h.is_new;
    end if;
    insert into log.events (log_id, stream, version, topic, sequence, type, message_id, correlation_id, causation_id,
        traceparent, idempotency_key, recorded_at, effective_at, subject, data, previous_hash, hash)
    select p_log_id, e.*
    from unnest(streams, versions, topics, sequences, types, message_ids, correlation_ids, causation_ids,
        traceparents, idempotency_keys, recorded_ats, effective_ats, subjects, datas, previous_hashes, hashes) e;
end $$;
