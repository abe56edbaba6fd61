-- Positions without a table of rows that wait for one. Rows that come and go leave dead ones behind, which every look has to step
-- over for as long as some transaction holds a snapshot; so does a row that every step updates. Now nothing on the way is
-- updated or deleted: what waits is what has an id and no position, and how far everything is decided is remembered.
lock table log.events in exclusive mode; -- until every append by the old script has ended

alter table log.lease add column settled bigint not null default 0;
comment on column log.lease.settled is 'Every event up to this id has a position or was never committed; moved on with each renewal of the lease.';
update log.lease set settled = coalesce((select min(event_id) - 1 from log.unsequenced), (select max(id) from log.events), 0);

-- The relay's checkpoint is the last position of its last row. A batch of private events leaves a row without a topic.
insert into log.relayed (last_position, first_position, topic, partition, positions, offsets)
select relayed, relayed, '', -1, '{}', '{}' from log.lease where relayed > coalesce((select max(last_position) from log.relayed), 0);

drop function log.sequence(bigint);
drop function log.take_lease(uuid, interval);
drop function log.relayed_to(bigint, bigint, bigint, text[], int[], bigint[], bigint[]);
alter table log.lease drop column position, drop column relayed;
drop table log.unsequenced;

-- How far the log is sequenced and relayed.
create view log.progress as
select coalesce((select max(position) from log.positions), 0) as position,
       coalesce((select max(last_position) from log.relayed), 0) as relayed;
grant select on log.progress to $service$;

-- What is committed and waits for a position.
create view log.unsequenced as
select e.id as event_id, e.recorded_at, e.topic from log.events e
where e.id > (select settled from log.lease) and not exists (select from log.positions p where p.event_id = e.id);
grant select on log.unsequenced to $service$;

-- Takes the lease when it is free, expired or already ours. Returns the epoch that fences off every earlier holder, or nothing.
create function log.take_lease(p_holder uuid, p_for interval, p_settled bigint)
returns table (epoch bigint, settled bigint) language sql as $$
    update log.lease l
    set holder = p_holder,
        epoch = case when l.holder = p_holder and l.expires_at > clock_timestamp() then l.epoch else l.epoch + 1 end,
        expires_at = clock_timestamp() + p_for,
        settled = greatest(l.settled, p_settled)
    where l.holder is null or l.holder = p_holder or l.expires_at <= clock_timestamp()
    returning l.epoch, l.settled
$$;

-- Waits until no older holder is in the middle of a write, and refuses who is no holder any more. Locking leaves no dead row.
create function log.fence(p_epoch bigint) returns void language plpgsql as $$
begin
    perform from log.lease where epoch = p_epoch for share;
    if not found then
        raise exception 'the lease of epoch % is lost', p_epoch using errcode = 'ED001';
    end if;
end $$;

-- Where a new holder starts: the last id that has a position, and the ids before it, from settled on, that have none.
create function log.frontier(p_settled bigint, out head bigint, out gaps_from bigint[], out gaps_to bigint[])
language sql stable set jit = off set enable_seqscan = off as $$
    select coalesce(max(id), p_settled),
           coalesce(array_agg(before + 1 order by id) filter (where id > before + 1), '{}'),
           coalesce(array_agg(id - 1 order by id) filter (where id > before + 1), '{}')
    from (select event_id as id, lag(event_id, 1, p_settled) over (order by event_id) as before
          from log.positions where event_id > p_settled) given
$$;

-- Gives committed events the next positions: those above the head, and those in the gaps below it that were committed since.
-- Ordering all that is visible by id keeps each stream's order, because ids are drawn under the lock of the stream's head.
-- writer: this transaction, begun after the look, so everyone who had drawn an id up to the highest one seen has a lower number
-- (an append has its number before it draws an id: it locks the head first). horizon: all transactions below it had ended
-- before the look. So a gap that was noted with a writer up to the horizon of a later look, and is still empty, stays empty.
create function log.sequence(
    p_epoch bigint, p_head bigint, p_gaps_from bigint[], p_gaps_to bigint[], p_most int,
    out ids bigint[], out last_position bigint, out writer bigint, out horizon bigint)
language plpgsql set jit = off set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
    -- The plan is made while the tables are still small: only indexes will do for what they grow into. (And a plan that looks
    -- dear, as forbidden scans do, would be compiled.)
    select array_agg(seen.id order by seen.id), pg_snapshot_xmin(pg_current_snapshot())::text::bigint into ids, horizon
    from (select id from (
              select e.id from unnest(p_gaps_from, p_gaps_to) gap (first, last) join log.events e on e.id between gap.first and gap.last
              union all
              (select e.id from log.events e where e.id > p_head order by e.id limit p_most)) waiting
          order by id limit p_most) seen;
    if ids is null then
        return;
    end if;

    perform log.fence(p_epoch);
    writer := pg_current_xact_id()::text::bigint;
    last_position := coalesce((select max(p.position) from log.positions p), 0);
    insert into log.positions (position, event_id) select last_position + n, id from unnest(ids) with ordinality given (id, n);
    last_position := last_position + cardinality(ids);
end $$;

-- The next events after a position, as many as asked for and not many more bytes than asked for.
create function log.after(p_position bigint, p_most int, p_bytes bigint)
returns table (
    log_id uuid, stream text, version bigint, "position" bigint, sequenced_at timestamptz, topic text, sequence bigint, type text,
    message_id uuid, correlation_id uuid, causation_id uuid, traceparent text, recorded_at timestamptz, effective_at timestamptz,
    subject uuid, data bytea)
language sql stable set jit = off set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
    select log_id, stream, version, "position", sequenced_at, topic, sequence, type,
           message_id, correlation_id, causation_id, traceparent, recorded_at, effective_at, subject, data
    from (select e.*, p.position, p.sequenced_at,
                 sum(octet_length(e.data)) over (order by p.position rows between unbounded preceding and 1 preceding) as before
          from log.positions p join log.events e on e.id = p.event_id
          where p.position > p_position order by p.position limit p_most) next
    where before is null or before < p_bytes
    order by "position"
$$;

-- Moves the relay's checkpoint and records where each event went, in one step, only for the holder of the lease and only from
-- where the checkpoint is.
create function log.relayed_to(
    p_epoch bigint, p_first bigint, p_last bigint, topics text[], partitions int[], positions bigint[], offsets bigint[])
returns void language plpgsql as $$
begin
    perform log.fence(p_epoch);
    if p_first <> (select relayed + 1 from log.progress) then
        raise exception 'the relay is not at position %', p_first using errcode = 'ED001';
    end if;
    if cardinality(positions) = 0 then
        insert into log.relayed values (p_last, p_first, '', -1, '{}', '{}');
    end if;
    insert into log.relayed (last_position, first_position, topic, partition, positions, offsets)
    select p_last, p_first, r.topic, r.partition, array_agg(r.position order by r.position), array_agg(r."offset" order by r.position)
    from unnest(topics, partitions, positions, offsets) r (topic, partition, position, "offset")
    group by r.topic, r.partition;
end $$;
