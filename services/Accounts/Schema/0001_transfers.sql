create schema accounts;
grant usage on schema accounts to $service$;

-- What became of each transfer, as its sender's stream says; it changes in the commit of the event.
create table accounts.transfers (
    transfer_id uuid primary key,
    status text not null,
    reason text
);
grant select, insert, update on accounts.transfers to $service$;
