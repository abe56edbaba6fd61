-- The one read model of the event-sourced workloads.
create schema read;
grant usage on schema read to $service$;
create table read.accounts_v1 (key text collate "C" primary key, document jsonb not null);
select sourcing.declare_read_model('accounts', 1, 'read.accounts', 'read.accounts_v1');
