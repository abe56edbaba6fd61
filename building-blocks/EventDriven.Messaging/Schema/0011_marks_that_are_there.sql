-- As before, planned once per connection, and asking only what there is to ask: most batches meet streams that have marks, or streams that have none.
create or replace function inbox.move_marks(
    p_subscription text, topics text[], sources text[], streams text[], revisions bigint[], accepteds bigint[], message_ids uuid[], log_ids uuid[],
    blockeds boolean[], waitings boolean[], without_handlers bigint[], starteds bigint[], placeds boolean[] default null)
returns void language plpgsql
set jit = off set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    changed bigint := 0;
    added bigint := 0;
begin
    if 0 < any (revisions) then
        update inbox.marks m
        set accepted = n.accepted, message_id = n.message_id, log_id = n.log_id, blocked = n.blocked, waiting = n.waiting,
            without_handler = n.without_handler, rewound_to = case when n.placed then null else m.rewound_to end, revision = m.revision + 1
        from unnest(topics, sources, streams, revisions, accepteds, message_ids, log_ids, blockeds, waitings, without_handlers, placeds)
            n (topic, source, stream, revision, accepted, message_id, log_id, blocked, waiting, without_handler, placed)
        where n.revision > 0 and m.subscription = p_subscription
          and (m.topic, m.source, m.stream, m.revision) = (n.topic, n.source, n.stream, n.revision);
        get diagnostics changed = row_count;
    end if;
    if 0 = any (revisions) then
        insert into inbox.marks (subscription, topic, source, stream, accepted, message_id, log_id, blocked, waiting, without_handler, started_at, alone_since)
        select p_subscription, n.topic, n.source, n.stream, n.accepted, n.message_id, n.log_id, n.blocked, n.waiting, n.without_handler, n.started_at,
               case when n.stream = 'message-' || n.message_id then clock_timestamp() end
        from unnest(topics, sources, streams, revisions, accepteds, message_ids, log_ids, blockeds, waitings, without_handlers, starteds)
            n (topic, source, stream, revision, accepted, message_id, log_id, blocked, waiting, without_handler, started_at)
        where n.revision = 0
        on conflict do nothing;
        get diagnostics added = row_count;
    end if;

    if changed + added <> cardinality(streams) then
        raise exception 'somebody else has moved a mark of % meanwhile', p_subscription using errcode = 'ED003';
    end if;
end $$;
