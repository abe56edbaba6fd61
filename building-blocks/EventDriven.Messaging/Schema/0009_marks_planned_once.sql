-- As before, and planned once per connection instead of at every call, as a function in plain SQL is: a subscription reads its marks with
-- each batch, however small.
create or replace function inbox.read_marks(p_subscription text, topics text[], sources text[], streams text[])
returns setof inbox.marks language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off as $$
begin
    return query
    select m.* from unnest(topics, sources, streams) k (topic, source, stream)
    cross join lateral (select * from inbox.marks where (subscription, topic, source, stream) = (p_subscription, k.topic, k.source, k.stream) offset 0) m;
end $$;
