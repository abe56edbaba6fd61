-- Messages that their sender brought itself, over HTTP: each has its effect once.
create table inbox.direct (
    subscription text collate "C" not null,
    message_id uuid not null,
    brought_at timestamptz not null default clock_timestamp(),
    primary key (subscription, message_id)
);
grant select, insert on inbox.direct to $service$;
