-- What event-sourced entities keep beside the log. Nothing here is the truth: all of it can be made anew from the log.
create schema sourcing;
grant usage on schema sourcing to $service$;

-- The state of a stream at a version, as one version of its reducer makes it.
create table sourcing.snapshots (
    stream text collate "C" not null,
    reducer text collate "C" not null,
    version bigint not null,
    state bytea not null,
    primary key (stream, reducer)
) with (fillfactor = 70);
grant select, insert, update, delete on sourcing.snapshots to $service$;
