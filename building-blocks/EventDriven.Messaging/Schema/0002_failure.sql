-- What a subscription sets aside instead of handling it at once, and what operators did about it. $service$ is the role the service runs as.

-- revision: every change of a mark counts it up, and a change that was decided on an older one is refused.
-- blocked: a message of the stream failed; it and all later ones are parked. waiting: messages wait for one that is missing.
-- started_at: the sequence before the first one taken in; above 0 only where the subscription was created to start from now.
-- replay_until: up to here the stream was handled before a replay; effects beyond the database are held until then.
alter table inbox.marks
    add column revision bigint not null default 1,
    add column blocked boolean not null default false,
    add column waiting boolean not null default false,
    add column without_handler bigint not null default 0,
    add column skipped bigint not null default 0,
    add column started_at bigint not null default 0,
    add column replay_until bigint not null default 0;
grant delete on inbox.marks to $service$;

-- The log that each source's messages come from. Another one means that the publisher was restored: an operator must accept it.
-- former: the ones before. What comes of them on the topic may be something that the publisher has lost; its backfill tells.
create table inbox.sources (
    subscription text collate "C" not null,
    source text collate "C" not null,
    log_id uuid not null,
    former uuid[] not null default '{}',
    since timestamptz not null default clock_timestamp(),
    primary key (subscription, source)
);
insert into inbox.sources (subscription, source, log_id)
select distinct on (subscription, source) subscription, source, log_id from inbox.marks order by subscription, source;
grant select, insert, update, delete on inbox.sources to $service$;

-- waiting: for one that is missing, or for the source's new log to be accepted; the mark does not count it.
-- failing: has attempts left. parked: behind a failing or dead one. dead: no attempts left, an operator decides.
-- refused: a rule said no, its stream went on. skipped: an operator gave it up. lost: its publisher was restored to a time before it.
-- A row goes when its message is handled.
create table inbox.parked (
    subscription text collate "C" not null,
    topic text collate "C" not null,
    source text collate "C" not null,
    stream text collate "C" not null,
    sequence bigint not null,
    log_id uuid not null,
    partition int not null,
    "offset" bigint, -- null: it came by backfill
    message_id uuid not null,
    type text collate "C" not null,
    recorded_at timestamptz not null,
    correlation_id uuid not null,
    causation_id uuid,
    traceparent text collate "C",
    data bytea not null,
    state text collate "C" not null check (state in ('waiting', 'failing', 'parked', 'dead', 'refused', 'skipped', 'lost')),
    attempts int not null default 0,
    cause text,
    first_failed_at timestamptz,
    last_failed_at timestamptz,
    next_attempt_at timestamptz,
    parked_at timestamptz not null default clock_timestamp(),
    primary key (subscription, topic, source, stream, sequence, log_id)
);
create index parked_due on inbox.parked (subscription, state, next_attempt_at) where state in ('failing', 'waiting');
create index parked_state on inbox.parked (subscription, state, parked_at);
create index parked_message on inbox.parked (message_id);
create index parked_offset on inbox.parked (subscription, topic, partition, "offset");
grant select, insert, update, delete on inbox.parked to $service$;

-- What a subscription has still to read from a sender's own log, because its topic may have forgotten it.
create table inbox.history (
    subscription text collate "C" not null,
    topic text collate "C" not null,
    source text collate "C" not null,
    after bigint not null default 0,
    done boolean not null default false,
    primary key (subscription, topic, source)
);
grant select, insert, update on inbox.history to $service$;

-- What operators told a subscription to do.
create table inbox.subscriptions (
    subscription text collate "C" primary key,
    paused boolean not null
);
grant select, insert, update on inbox.subscriptions to $service$;

-- Who did what and when; never changed.
create table inbox.audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    who text not null,
    subscription text collate "C" not null,
    action text collate "C" not null,
    details jsonb not null
);
grant select, insert on inbox.audit to $service$;
create function inbox.refuse() returns trigger language plpgsql as $$
begin
    raise exception 'the audit is never changed: % is refused', tg_op using errcode = 'insufficient_privilege';
end $$;
create trigger audit_is_final before update or delete or truncate on inbox.audit for each statement execute function inbox.refuse();

create index batches_handled_at on inbox.batches using brin (handled_at);
grant delete on inbox.batches to $service$;

-- Moves marks. Each change names the revision that it was decided on, 0 for a stream not met before; one that is not there any
-- more, or that somebody else has met meanwhile, refuses them all: the batch runs again.
create function inbox.move_marks(
    p_subscription text, topics text[], sources text[], streams text[], revisions bigint[], accepteds bigint[], message_ids uuid[], log_ids uuid[],
    blockeds boolean[], waitings boolean[], without_handlers bigint[], starteds bigint[])
returns void language plpgsql as $$
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

    insert into inbox.marks (subscription, topic, source, stream, accepted, message_id, log_id, blocked, waiting, without_handler, started_at)
    select p_subscription, n.topic, n.source, n.stream, n.accepted, n.message_id, n.log_id, n.blocked, n.waiting, n.without_handler, n.started_at
    from unnest(topics, sources, streams, revisions, accepteds, message_ids, log_ids, blockeds, waitings, without_handlers, starteds)
        n (topic, source, stream, revision, accepted, message_id, log_id, blocked, waiting, without_handler, started_at)
    where n.revision = 0
    on conflict do nothing;
    get diagnostics added = row_count;

    if changed + added <> cardinality(streams) then
        raise exception 'somebody else has moved a mark of % meanwhile', p_subscription using errcode = 'ED003';
    end if;
end $$;
