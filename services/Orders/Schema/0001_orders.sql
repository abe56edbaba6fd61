create schema orders;
grant usage on schema orders to $service$;

-- Which order came under which key of which user: kept for as long as the order.
create table orders.requests (
    user_id uuid not null,
    key text collate "C" not null,
    order_id uuid not null,
    primary key (user_id, key)
);
grant select, insert on orders.requests to $service$;

-- Orders of which it is not known yet whether they are paid, and when the resolver is to ask next.
create table orders.pending (
    order_id uuid primary key,
    ask_at timestamptz not null,
    asked int not null default 0
);
create index pending_ask_at on orders.pending (ask_at);
grant select, insert, update, delete on orders.pending to $service$;

-- Read model order-list: one row per order, for the lists of users.
create table orders.order_list_v1 (
    order_id uuid primary key,
    user_id uuid not null,
    total bigint not null,
    currency text not null,
    status text not null,
    history jsonb not null
);
create index on orders.order_list_v1 (user_id, order_id);
select sourcing.declare_read_model('order-list', 1, 'orders.order_list', 'orders.order_list_v1');
