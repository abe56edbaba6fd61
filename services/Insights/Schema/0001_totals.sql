create schema insights;
grant usage on schema insights to $service$;

-- What each message adds, written in its handler's transaction. Lanes only insert, so that none waits for another at a total that all
-- of them change; the totals take the rows in once a second.
create table insights.additions (
    id bigint generated always as identity primary key,
    source text collate "C" not null,
    figure text collate "C" not null, -- '' for a message that is in no figure
    currency text collate "C" not null, -- '' where it is not about money
    amount bigint not null,
    recorded_at timestamptz not null
);
grant select, insert, delete on insights.additions to $service$;

create table insights.totals (
    source text collate "C" not null,
    figure text collate "C" not null,
    currency text collate "C" not null,
    messages bigint not null,
    amount numeric not null,
    latest timestamptz not null,
    primary key (source, figure, currency)
) with (fillfactor = 50);
grant select, insert, update, delete on insights.totals to $service$;
