-- A published event of a type without order has no sequence: whoever listens knows it by its id. Rows that are there satisfy the
-- stricter rule of before, so nothing is scanned.
alter table log.events drop constraint events_published;
alter table log.events add constraint events_published check (topic is not null or sequence is null) not valid;

-- As before, told which events have no order; who does not tell it, as a process of the version before, has none of them.
drop function log.append_or_raise(text, bigint, text[], text[], uuid[], uuid[], uuid[], text[], text[], timestamptz[], uuid[], bytea[]);
drop function log.append(text[], bigint[], int[], text[], text[], uuid[], uuid[], uuid[], text[], text[], timestamptz[], uuid[], bytea[]);
create function log.append(
    streams text[], expected bigint[],
    append_of int[], topics text[], types text[], message_ids uuid[], correlation_ids uuid[], causation_ids uuid[],
    traceparents text[], idempotency_keys text[], effective_ats timestamptz[], subjects uuid[], datas bytea[],
    unordereds boolean[] default null)
returns table (append_no int, appended boolean, version bigint, sequences bigint[]) language plpgsql as $$
declare
    incarnation uuid;
    head log.streams;
    e log.events;
    i int;
begin
    select i.log_id into incarnation from log.incarnations i order by i.number desc limit 1;

    for append_no in select a.n from unnest(streams) with ordinality a (stream, n) order by a.stream collate "C", a.n
    loop
        select * into head from log.streams s where s.stream = streams[append_no] for update;
        if not found and expected[append_no] < 0 then
            insert into log.streams values (streams[append_no], -1, '\x', '-infinity', '{}') on conflict do nothing;
            select * into head from log.streams s where s.stream = streams[append_no] for update;
        end if;

        version := coalesce(head.version, -1);
        sequences := '{}';
        appended := expected[append_no] = -2 or expected[append_no] = version;
        if appended then
            for i in select o.n from unnest(append_of) with ordinality o (append, n) where o.append = append_no order by o.n
            loop
                head.version := head.version + 1;
                -- The writer's clock may be behind that of the stream's last writer: time never falls within a stream.
                head.recorded_at := greatest(clock_timestamp(), head.recorded_at);
                e := null;
                if topics[i] is not null and unordereds[i] is not true then
                    e.sequence := coalesce((head.sequences ->> topics[i])::bigint, 0) + 1;
                    head.sequences := head.sequences || jsonb_build_object(topics[i], e.sequence);
                end if;
                e.log_id := incarnation;
                e.stream := head.stream;
                e.version := head.version;
                e.topic := topics[i];
                e.type := types[i];
                e.message_id := message_ids[i];
                e.correlation_id := correlation_ids[i];
                e.causation_id := causation_ids[i];
                e.traceparent := traceparents[i];
                e.idempotency_key := idempotency_keys[i];
                e.recorded_at := head.recorded_at;
                e.effective_at := coalesce(effective_ats[i], head.recorded_at);
                e.subject := subjects[i];
                e.data := datas[i];
                e.previous_hash := head.hash;
                e.hash := log.hash_of(e);
                head.hash := e.hash;
                sequences := sequences || e.sequence;

                insert into log.events (log_id, stream, version, topic, sequence, type, message_id, correlation_id, causation_id,
                    traceparent, idempotency_key, recorded_at, effective_at, subject, data, previous_hash, hash)
                values (e.log_id, e.stream, e.version, e.topic, e.sequence, e.type, e.message_id, e.correlation_id, e.causation_id,
                    e.traceparent, e.idempotency_key, e.recorded_at, e.effective_at, e.subject, e.data, e.previous_hash, e.hash);
            end loop;
            update log.streams s
            set version = head.version, hash = head.hash, recorded_at = head.recorded_at, sequences = head.sequences
            where s.stream = head.stream;
            version := head.version;
        end if;
        return next;
    end loop;
end $$;

-- One append that must fit: a moved stream is an error, so that it can be pipelined with statements that depend on it.
create function log.append_or_raise(
    stream text, expected bigint,
    topics text[], types text[], message_ids uuid[], correlation_ids uuid[], causation_ids uuid[],
    traceparents text[], idempotency_keys text[], effective_ats timestamptz[], subjects uuid[], datas bytea[], unordereds boolean[] default null)
returns void language plpgsql as $$
declare
    result record;
begin
    select * into result from log.append(
        array[stream], array[expected], array_fill(1, array[cardinality(types)]), topics, types, message_ids, correlation_ids,
        causation_ids, traceparents, idempotency_keys, effective_ats, subjects, datas, unordereds);
    if not result.appended then
        raise exception 'stream % was expected at version % but is at %', stream, expected, result.version using errcode = 'ED002';
    end if;
end $$;
