-- What each subscription of a service has taken in. $service$ is the role the service runs as.
create schema inbox;
grant usage on schema inbox to $service$;

-- The truth about each partition: up to where all is handled, and the epoch that fences off whoever had it before.
create table inbox.partitions (
    subscription text collate "C" not null,
    topic text collate "C" not null,
    partition int not null,
    next_offset bigint, -- null: from the beginning
    epoch bigint not null default 0,
    primary key (subscription, topic, partition)
) with (fillfactor = 50);
grant select, insert, update on inbox.partitions to $service$;

-- accepted: each sequence of the stream up to here needs no more work from this subscription.
create table inbox.marks (
    subscription text collate "C" not null,
    topic text collate "C" not null,
    source text collate "C" not null,
    stream text collate "C" not null,
    accepted bigint not null,
    message_id uuid not null,
    log_id uuid not null,
    primary key (subscription, topic, source, stream)
) with (fillfactor = 70);
grant select, insert, update on inbox.marks to $service$;

-- One row per handled batch and partition. attempts: 1, or how many the message of a batch of one needed.
create table inbox.batches (
    id bigint generated always as identity primary key,
    subscription text collate "C" not null,
    topic text collate "C" not null,
    partition int not null,
    last_offset bigint not null,
    first_offset bigint not null,
    offsets bigint[] not null,
    handled int not null,
    without_handler int not null,
    attempts int not null,
    took interval not null,
    handled_at timestamptz not null default clock_timestamp()
);
create index batches_offset on inbox.batches (subscription, topic, partition, last_offset);
grant select, insert on inbox.batches to $service$;

-- What cannot be attributed to a stream is kept raw, so that nothing is lost and nothing waits behind it.
create table inbox.quarantined (
    subscription text collate "C" not null,
    topic text collate "C" not null,
    partition int not null,
    "offset" bigint not null,
    key bytea,
    headers jsonb not null,
    value bytea,
    reason text not null,
    quarantined_at timestamptz not null default clock_timestamp(),
    primary key (subscription, topic, partition, "offset")
);
grant select, insert on inbox.quarantined to $service$;
