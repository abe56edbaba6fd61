-- When a subscription first had a partition, and, where it starts from now, at which offset that was: a replay goes back to there and no
-- further, and what its senders' logs hold from before is passed over.
alter table inbox.partitions
    add column began_on timestamptz not null default '-infinity',
    add column began_at bigint;
alter table inbox.partitions alter column began_on set default clock_timestamp();
