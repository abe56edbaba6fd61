-- Appends to one stream, which is what every caller does: its head is written once and its events by one statement.
-- The head comes before the events: who creates a stream at the same time is told apart by it, and a transaction has its number before it
-- draws the first id, as the sequencer needs it. A stream whose version is not the expected one (-1: no stream, -2: any) gets nothing, and
-- its version is answered.
create function log.append(
    p_stream text, p_expected bigint,
    topics text[], types text[], message_ids uuid[], correlation_ids uuid[], causation_ids uuid[],
    traceparents text[], idempotency_keys text[], effective_ats timestamptz[], subjects uuid[], datas bytea[], unordereds boolean[],
    out appended boolean, out version bigint) language plpgsql as $$
declare
    head log.streams;
    is_new boolean;
    e log.events;
    written log.events[];
begin
    loop
        select * into head from log.streams s where s.stream = p_stream for update;
        is_new := not found;
        version := coalesce(head.version, -1);
        appended := p_expected = -2 or p_expected = version;
        if appended is not true then
            return;
        end if;

        e := null;
        e.log_id := (select i.log_id from log.incarnations i order by i.number desc limit 1);
        e.stream := p_stream;
        e.version := version;
        e.hash := coalesce(head.hash, '\x');
        e.recorded_at := head.recorded_at;
        head.sequences := coalesce(head.sequences, '{}');
        written := '{}';
        for i in 1 .. cardinality(types) loop
            e.version := e.version + 1;
            -- The writer's clock may be behind that of the stream's last writer: time never falls within a stream.
            e.recorded_at := greatest(clock_timestamp(), e.recorded_at);
            e.topic := topics[i];
            e.sequence := null;
            if topics[i] is not null and unordereds[i] is not true then
                e.sequence := coalesce((head.sequences ->> topics[i])::bigint, 0) + 1;
                head.sequences := head.sequences || jsonb_build_object(topics[i], e.sequence);
            end if;
            e.type := types[i];
            e.message_id := message_ids[i];
            e.correlation_id := correlation_ids[i];
            e.causation_id := causation_ids[i];
            e.traceparent := traceparents[i];
            e.idempotency_key := idempotency_keys[i];
            e.effective_at := coalesce(effective_ats[i], e.recorded_at);
            e.subject := subjects[i];
            e.data := datas[i];
            e.previous_hash := e.hash;
            e.hash := log.hash_of(e);
            written := written || e;
        end loop;

        if is_new then
            insert into log.streams (stream, version, hash, recorded_at, sequences)
            values (p_stream, e.version, e.hash, e.recorded_at, head.sequences) on conflict do nothing;
            continue when not found; -- somebody else has just created it: it has a head to lock now
            perform log.commit_in_time(e.recorded_at); -- somebody else had tried to: that was waited for
        else
            update log.streams s set version = e.version, hash = e.hash, recorded_at = e.recorded_at, sequences = head.sequences
            where s.stream = p_stream;
        end if;
        insert into log.events (log_id, stream, version, topic, sequence, type, message_id, correlation_id, causation_id,
            traceparent, idempotency_key, recorded_at, effective_at, subject, data, previous_hash, hash)
        select w.log_id, w.stream, w.version, w.topic, w.sequence, w.type, w.message_id, w.correlation_id, w.causation_id,
            w.traceparent, w.idempotency_key, w.recorded_at, w.effective_at, w.subject, w.data, w.previous_hash, w.hash
        from unnest(written) w;
        version := e.version;
        return;
    end loop;
end $$;

-- For a process of the version before, which appends to one stream at a time as well.
create or replace function log.append(
    streams text[], expected bigint[],
    append_of int[], topics text[], types text[], message_ids uuid[], correlation_ids uuid[], causation_ids uuid[],
    traceparents text[], idempotency_keys text[], effective_ats timestamptz[], subjects uuid[], datas bytea[],
    unordereds boolean[] default null)
returns table (append_no int, appended boolean, version bigint, sequences bigint[]) language sql as $$
    select 1, a.appended, a.version, null::bigint[]
    from log.append(streams[1], expected[1], topics, types, message_ids, correlation_ids, causation_ids,
        traceparents, idempotency_keys, effective_ats, subjects, datas, unordereds) a
$$;

create or replace function log.append_or_raise(
    stream text, expected bigint,
    topics text[], types text[], message_ids uuid[], correlation_ids uuid[], causation_ids uuid[],
    traceparents text[], idempotency_keys text[], effective_ats timestamptz[], subjects uuid[], datas bytea[], unordereds boolean[] default null)
returns void language plpgsql as $$
declare
    result record;
begin
    result := log.append(stream, expected, topics, types, message_ids, correlation_ids, causation_ids,
        traceparents, idempotency_keys, effective_ats, subjects, datas, unordereds);
    if not result.appended then
        raise exception 'stream % was expected at version % but is at %', stream, expected, result.version using errcode = 'ED002';
    end if;
end $$;
