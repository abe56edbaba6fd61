create schema email;
grant usage on schema email to $service$;

-- The address book, in clear because mails leave from it; emptied when the user is forgotten. A row without an address is a user
-- whom a mail waits for, and who has not signed up yet as far as this service knows.
create table email.users (
    user_id uuid primary key,
    address text,
    name text,
    forgotten boolean not null default false
);
grant select, insert, update on email.users to $service$;

-- One row per mail and cause. A mail waits until its user's address is known.
create table email.mails (
    message_id uuid not null,
    template text not null,
    user_id uuid not null,
    message_type text not null,
    template_values jsonb not null,
    subject text,
    sent_at timestamptz,
    primary key (message_id, template)
);
create index mails_user on email.mails (user_id);
grant select, insert, update, delete on email.mails to $service$;

-- Ends a transaction that put a mail to wait. The row's lock orders it against the address: what commits first is seen by the other,
-- so either the sign-up finds the waiting mail, or this starts over and sends it. No mail waits for an address that is known.
create function email.refuse_to_wait_for_a_known_address(p_user uuid) returns void language plpgsql as $$
begin
    perform 1 from email.users where user_id = p_user and address is not null for update;
    if found then
        raise exception 'the address of the user has come meanwhile' using errcode = 'serialization_failure';
    end if;
end $$;
