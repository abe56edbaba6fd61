-- A message without order is a stream of its own, message-<its id>, so its mark is the row that knows it. Such marks are forgotten after
-- twice the topics' retention.
alter table inbox.marks add column alone_since timestamptz;
create index marks_alone on inbox.marks (subscription, alone_since) where alone_since is not null;

-- The stream that such a message was published from, where it says so.
alter table inbox.parked add column subject text collate "C";

-- What forgotten marks had counted, so that the sums still agree.
create table inbox.forgotten (
    subscription text collate "C" not null,
    topic text collate "C" not null,
    source text collate "C" not null,
    accepted bigint not null,
    without_handler bigint not null,
    skipped bigint not null,
    primary key (subscription, topic, source)
);
grant select, insert, update, delete on inbox.forgotten to $service$;

-- As before, and says since when it knows a message that is alone.
create or replace function inbox.move_marks(
    p_subscription text, topics text[], sources text[], streams text[], revisions bigint[], accepteds bigint[], message_ids uuid[], log_ids uuid[],
    blockeds boolean[], waitings boolean[], without_handlers bigint[], starteds bigint[])
returns void language plpgsql
set jit = off set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    changed bigint;
    added bigint;
begin
    update inbox.marks m
    set accepted = n.accepted, message_id = n.message_id, log_id = n.log_id, blocked = n.blocked, waiting = n.waiting,
        without_handler = n.without_handler, revision = m.revision + 1
    from unnest(topics, sources, streams, revisions, accepteds, message_ids, log_ids, blockeds, waitings, without_handlers)
        n (topic, source, stream, revision, accepted, message_id, log_id, blocked, waiting, without_handler)
    where n.revision > 0 and m.subscription = p_subscription
      and (m.topic, m.source, m.stream, m.revision) = (n.topic, n.source, n.stream, n.revision);
    get diagnostics changed = row_count;

    insert into inbox.marks (subscription, topic, source, stream, accepted, message_id, log_id, blocked, waiting, without_handler, started_at, alone_since)
    select p_subscription, n.topic, n.source, n.stream, n.accepted, n.message_id, n.log_id, n.blocked, n.waiting, n.without_handler, n.started_at,
           case when n.stream = 'message-' || n.message_id then clock_timestamp() end
    from unnest(topics, sources, streams, revisions, accepteds, message_ids, log_ids, blockeds, waitings, without_handlers, starteds)
        n (topic, source, stream, revision, accepted, message_id, log_id, blocked, waiting, without_handler, started_at)
    where n.revision = 0
    on conflict do nothing;
    get diagnostics added = row_count;

    if changed + added <> cardinality(streams) then
        raise exception 'somebody else has moved a mark of % meanwhile', p_subscription using errcode = 'ED003';
    end if;
end $$;
