-- Read models of the accounts' streams. Each is a template: what readers see stands in builds of it.

create table accounts.accounts_v1 (
    key text collate "C" primary key,
    document jsonb not null,
    owner_id uuid not null generated always as ((document ->> 'ownerId')::uuid) stored,
    currency text collate "C" not null generated always as (document ->> 'currency') stored,
    balance bigint not null generated always as ((document ->> 'balance')::bigint) stored
);
create index on accounts.accounts_v1 (owner_id, key);
create index on accounts.accounts_v1 (currency, balance desc, key);
select sourcing.declare_read_model('accounts', 1, 'accounts.accounts', 'accounts.accounts_v1');

-- amount: what came, or went where it is negative. balance: after it.
create table accounts.statement_v1 (
    account_id uuid not null,
    version bigint not null,
    at timestamptz not null,
    effective_at timestamptz not null,
    type text collate "C" not null,
    transfer_id uuid,
    amount bigint not null,
    balance bigint not null,
    primary key (account_id, version)
);
select sourcing.declare_read_model('statement', 1, 'accounts.statement', 'accounts.statement_v1');

-- Sums over many accounts: no integer of the machine is wide enough for all of them for ever.
create table accounts.daily_totals_v1 (
    day date not null,
    currency text collate "C" not null,
    deposited numeric not null,
    withdrawn numeric not null,
    transferred numeric not null,
    primary key (day, currency)
);
select sourcing.declare_read_model('daily-totals', 1, 'accounts.daily_totals', 'accounts.daily_totals_v1');
