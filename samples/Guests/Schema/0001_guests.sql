create schema guests;
grant usage on schema guests to $service$;

create table guests.guests (
    user_id uuid primary key,
    signed_up_at timestamptz not null
);
grant select, insert on guests.guests to $service$;
