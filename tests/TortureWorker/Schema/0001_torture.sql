-- State that a writer changes in the transaction of its events: one row per event, or the two have come apart.
create table public.written (message_id uuid not null);
grant select, insert on public.written to $service$;

-- What handlers did, in order per stream. Nothing here is unique on purpose: what is done twice must show, not be refused.
create table public.effects (
    id bigint generated always as identity primary key,
    subscription text collate "C" not null,
    stream text collate "C" not null,
    number bigint not null,
    message_id uuid not null,
    worker text not null
);
create index effects_number on public.effects (subscription, stream, number);
grant select, insert on public.effects to $service$;

-- How often a poisoned message was tried, counted outside of its transaction.
create table public.attempts (message_id uuid primary key, attempts int not null);
grant select, insert, update on public.attempts to $service$;

-- How far the double with the naive cursor has read.
create table public.naive_cursor (id bigint not null);
insert into public.naive_cursor values (0);
grant select, update on public.naive_cursor to $service$;
