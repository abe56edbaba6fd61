create schema recommendations;
grant usage on schema recommendations to $service$;

create table recommendations.profiles (
    user_id uuid primary key,
    picks jsonb not null
);
grant select, insert, update, delete on recommendations.profiles to $service$;
