-- Comes first in a transaction that takes its claims, its sources' logs and its streams' marks for what they were when this process wrote them
-- last. The claims are held to its end, as by a fence; whether the marks are as presumed shows when they are moved.
create function inbox.hold(p_subscription text, topics text[], partitions int[], epochs bigint[], sources text[], log_ids uuid[])
returns void language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    held bigint;
begin
    perform 1 from inbox.partitions p
    where p.subscription = p_subscription and (p.topic, p.partition, p.epoch) in (select * from unnest(topics, partitions, epochs))
    order by p.topic, p.partition for key share;
    get diagnostics held = row_count;
    if held < cardinality(topics) or exists (
        select from unnest(sources, log_ids) k (source, log_id)
        where not exists (select from inbox.sources s where s.subscription = p_subscription and s.source = k.source and s.log_id = k.log_id))
    then
        raise exception 'subscription % has lost a partition, or a source has another log', p_subscription using errcode = 'ED003';
    end if;
end $$;
