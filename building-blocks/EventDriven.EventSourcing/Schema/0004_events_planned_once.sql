-- As before, and planned once per connection instead of at every call, as a function in plain SQL is.
create or replace function sourcing.events_after(p_position bigint, p_most int, p_bytes bigint)
returns table (
    "position" bigint, stream text, version bigint, type text, message_id uuid, correlation_id uuid, causation_id uuid,
    recorded_at timestamptz, effective_at timestamptz, data bytea)
language plpgsql stable set plan_cache_mode = force_generic_plan
set jit = off set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
begin
    return query
    select "position", stream, version, type, message_id, correlation_id, causation_id, recorded_at, effective_at, data
    from (select e.*, p.position,
                 sum(octet_length(e.data)) over (order by p.position rows between unbounded preceding and 1 preceding) as before
          from log.positions p join log.events e on e.id = p.event_id
          where p.position > p_position order by p.position limit p_most) next
    where before is null or before < p_bytes
    order by "position";
end $$;
