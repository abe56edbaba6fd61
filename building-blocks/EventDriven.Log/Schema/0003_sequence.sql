-- Takes the lease when it is free, expired or already ours. Returns the epoch that fences off every earlier holder, or nothing.
create function log.take_lease(p_holder uuid, p_for interval) returns bigint language sql as $$
    update log.lease
    set holder = p_holder,
        epoch = case when holder = p_holder and expires_at > clock_timestamp() then epoch else epoch + 1 end,
        expires_at = clock_timestamp() + p_for
    where holder is null or holder = p_holder or expires_at <= clock_timestamp()
    returning epoch
$$;

-- Gives every committed event that has none the next position and returns the last one given. Nothing is left behind:
-- ids grow along a stream, so ordering all that is visible by id keeps each stream's order.
create function log.sequence(p_epoch bigint) returns bigint language plpgsql as $$
declare
    last bigint;
    given bigint;
begin
    select position into last from log.lease where epoch = p_epoch for update;
    if not found then
        raise exception 'the lease of epoch % is lost', p_epoch using errcode = 'ED001';
    end if;

    with drained as (delete from log.unsequenced returning event_id)
    insert into log.positions (position, event_id)
    select last + row_number() over (order by event_id), event_id from drained;
    get diagnostics given = row_count;

    if given > 0 then
        update log.lease set position = last + given where epoch = p_epoch;
    end if;
    return last + given;
end $$;

-- Moves the relay's checkpoint and records where each event went, in one step and only for the holder of the lease.
create function log.relayed_to(
    p_epoch bigint, p_first bigint, p_last bigint, topics text[], partitions int[], positions bigint[], offsets bigint[])
returns void language plpgsql as $$
begin
    update log.lease set relayed = p_last where epoch = p_epoch and relayed < p_last;
    if not found then
        raise exception 'the lease of epoch % is lost', p_epoch using errcode = 'ED001';
    end if;
    insert into log.relayed (last_position, first_position, topic, partition, positions, offsets)
    select p_last, p_first, r.topic, r.partition, array_agg(r.position order by r.position), array_agg(r."offset" order by r.position)
    from unnest(topics, partitions, positions, offsets) r (topic, partition, position, "offset")
    group by r.topic, r.partition;
end $$;
