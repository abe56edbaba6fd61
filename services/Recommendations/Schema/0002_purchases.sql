-- What a user has bought, a row per order and thing. An order may come before the sign-up of its user, on another topic: it needs no
-- profile, and waits for none.
create table recommendations.purchases (
    order_id uuid not null,
    sku text collate "C" not null,
    user_id uuid not null,
    bought_at timestamptz not null,
    primary key (order_id, sku)
);
create index purchases_user on recommendations.purchases (user_id, bought_at desc);
grant select, insert, delete on recommendations.purchases to $service$;
