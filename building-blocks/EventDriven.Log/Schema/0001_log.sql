-- The log of one service. $service$ is the role the service runs as; this script runs as its owner role.
create schema log;
grant usage on schema log to $service$;

-- One row per incarnation of this log; the newest is in force. A restored database gets a new one.
create table log.incarnations (
    number bigint generated always as identity primary key,
    log_id uuid not null unique default gen_random_uuid(),
    since timestamptz not null default clock_timestamp()
);
insert into log.incarnations default values;
grant select on log.incarnations to $service$;

-- An event is final when it is appended. Its id is drawn before commit and says nothing about order across streams: positions do.
create table log.events (
    id bigint generated always as identity primary key,
    log_id uuid not null,
    stream text collate "C" not null,
    version bigint not null,
    topic text collate "C",
    sequence bigint,
    type text collate "C" not null,
    message_id uuid not null,
    correlation_id uuid not null,
    causation_id uuid,
    traceparent text collate "C",
    idempotency_key text collate "C",
    recorded_at timestamptz not null,
    effective_at timestamptz not null,
    subject uuid,
    data bytea not null,
    previous_hash bytea not null,
    hash bytea not null,
    constraint events_stream_version unique (stream, version),
    constraint events_message_id unique (message_id),
    constraint events_published check ((topic is null) = (sequence is null)),
    constraint events_size check (octet_length(data) <= 524288)
);
create index events_correlation on log.events (correlation_id);
grant select, insert on log.events to $service$;

-- The head of each stream: what the next append is compared with and chained to. sequences: {topic: last sequence}.
create table log.streams (
    stream text collate "C" primary key,
    version bigint not null,
    hash bytea not null,
    recorded_at timestamptz not null,
    sequences jsonb not null
) with (fillfactor = 70);
grant select, insert, update on log.streams to $service$;

-- Committed or not yet: rows that wait for a position. No index on purpose: it would only grow while a snapshot is held.
create table log.unsequenced (event_id bigint not null);
grant select, insert, delete on log.unsequenced to $service$;

-- The order of the whole log, given after commit, without holes.
create table log.positions (
    position bigint primary key,
    event_id bigint not null unique,
    sequenced_at timestamptz not null default clock_timestamp()
);
grant select, insert on log.positions to $service$;

-- One worker at a time gives positions and relays; its epoch fences off every earlier holder.
create table log.lease (
    one boolean primary key default true check (one),
    holder uuid,
    epoch bigint not null default 0,
    expires_at timestamptz not null default '-infinity',
    position bigint not null default 0,
    relayed bigint not null default 0
) with (fillfactor = 50);
insert into log.lease default values;
grant select, update on log.lease to $service$;

-- Where the relay put what: one row per batch and partition.
create table log.relayed (
    last_position bigint not null,
    first_position bigint not null,
    topic text collate "C" not null,
    partition int not null,
    positions bigint[] not null,
    offsets bigint[] not null,
    relayed_at timestamptz not null default clock_timestamp(),
    primary key (last_position, topic, partition)
);
grant select, insert on log.relayed to $service$;

-- How far each follower of this log has come.
create table log.checkpoints (
    follower text collate "C" primary key,
    position bigint not null
);
grant select, insert, update on log.checkpoints to $service$;

-- The first outcome of a request with an Idempotency-Key, answered again to every repeat.
create table log.outcomes (
    scope text collate "C" not null,
    key text collate "C" not null,
    fingerprint bytea not null,
    status int,
    headers jsonb,
    body bytea,
    primary key (scope, key)
);
grant select, insert, update on log.outcomes to $service$;

create function log.refuse() returns trigger language plpgsql as $$
begin
    raise exception 'history is never changed: % on log.events is refused', tg_op
        using errcode = 'insufficient_privilege';
end $$;
create trigger events_are_final before update or delete or truncate on log.events
    for each statement execute function log.refuse();
