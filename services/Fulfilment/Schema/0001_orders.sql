create schema fulfilment;
grant usage on schema fulfilment to $service$;

-- What has come of an order: a row per half, 'order' and 'payment'. The halves come on different topics, so in different lanes; each
-- inserts a row of its own and none waits for the other. The cause is kept for what will be said because of it.
create table fulfilment.arrivals (
    order_id uuid not null,
    half text collate "C" not null,
    user_id uuid not null,
    correlation_id uuid not null,
    message_id uuid not null,
    traceparent text,
    arrived_at timestamptz not null default clock_timestamp(),
    primary key (order_id, half)
);
grant select, insert on fulfilment.arrivals to $service$;

-- When an order is to be looked at: each half sets one timer as it comes, in its transaction, so none is lost with a process.
create table fulfilment.timers (
    order_id uuid not null,
    half text collate "C" not null,
    due_at timestamptz not null,
    primary key (order_id, half)
);
create index timers_due on fulfilment.timers (due_at);
grant select, insert, update, delete on fulfilment.timers to $service$;

-- What was said of an order, written in the transaction that appends it.
create table fulfilment.outcomes (
    order_id uuid primary key,
    stalled_at timestamptz,
    shipped_at timestamptz
);
create index outcomes_stalled on fulfilment.outcomes (order_id) where shipped_at is null;
grant select, insert, update on fulfilment.outcomes to $service$;
