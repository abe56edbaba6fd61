-- What a quarantined message says of its place, where it says it: the sums count it as its source's until that place is accounted for.
-- skipped: an operator has looked at it and wants to hear no more of it.
alter table inbox.quarantined
    add column source text collate "C",
    add column stream text collate "C",
    add column sequence bigint,
    add column skipped boolean not null default false;
create index quarantined_open on inbox.quarantined (subscription) where not skipped;
grant update on inbox.quarantined to $service$;
