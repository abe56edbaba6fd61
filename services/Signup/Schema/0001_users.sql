create schema signup;
grant usage on schema signup to $service$;

-- Nothing personal: address_hash is keyed, and goes when the user is forgotten, which frees the address.
create table signup.users (
    user_id uuid primary key,
    address_hash bytea unique,
    forgotten_at timestamptz
);
grant select, insert, update on signup.users to $service$;
