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

-- Called at the end of every transaction on a user: an address that came while a mail was put to wait, or the reverse, makes the
-- later of the two start over, and it then sends the mail. So no mail waits for an address that is known.
create function email.nothing_waits_needlessly(p_user uuid) returns void language plpgsql as $$
begin
    perform 1 from email.users where user_id = p_user for update;
    if exists (select from email.users u join email.mails m using (user_id) where user_id = p_user and u.address is not null and m.sent_at is null) then
        raise exception 'a mail and its address met' using errcode = 'serialization_failure';
    end if;
end $$;
