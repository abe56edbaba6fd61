-- What operators change of a projection; who may is the control endpoints' to say.

-- As before, but the build's row is locked first: whoever feeds it waits there and not in the middle of its tables.
create or replace function sourcing.drop_build(p_build bigint) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    t sourcing.build_tables;
begin
    perform from sourcing.builds b where b.build = p_build for update;
    for t in select * from sourcing.build_tables b where b.build = p_build order by b.name
    loop
        -- A view that the active version no longer has may still stand on it.
        if not exists (select from sourcing.build_tables o join sourcing.builds a on a.build = o.build where a.state = 'active' and o.name = t.name) then
            execute format('drop view if exists %s', t.name);
        end if;
        execute format('drop table %s', t.table_name);
    end loop;
    delete from sourcing.builds b where b.build = p_build;
end $$;

-- Every build that is fed or kept, with what is still before it.
create view sourcing.progress as
select p.projection, p.paused, b.build, b.version, b.state, b.position, g.position as total, b.rate, b.began_at, b.activated_at, b.compared,
       b.failed_position, b.failed_stream, b.failed_version, b.failed_type, b.failed_cause, b.failed_at,
       coalesce((select extract(epoch from clock_timestamp() - e.recorded_at)::float8
                 from log.positions n join log.events e on e.id = n.event_id where n.position = b.position + 1), 0) as behind_seconds
from sourcing.projections p join sourcing.builds b using (projection) cross join log.progress g;
grant select on sourcing.progress to $service$;

-- As before, but never a build that is behind what readers have seen: who tries that tries again.
create or replace function sourcing.activate_build(p_build bigint) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '200ms' as $$
declare
    chosen sourcing.builds;
    seen bigint;
begin
    select * into chosen from sourcing.builds b where b.build = p_build and b.state = 'building' for update;
    if not found then
        raise exception 'build % is not being built any more', p_build using errcode = 'ED004';
    end if;
    select b.position into seen from sourcing.builds b where b.projection = chosen.projection and b.state = 'active' for update;
    if seen > chosen.position then
        raise exception 'build % is behind the active one', p_build using errcode = 'serialization_failure';
    end if;
    set constraints sourcing.builds_one_each deferred;
    update sourcing.builds b set state = 'kept' where b.projection = chosen.projection and b.state = 'active';
    update sourcing.builds b set state = 'active', activated_at = clock_timestamp() where b.build = p_build;
    perform sourcing.point_view(t.name, t.table_name) from sourcing.build_tables t where t.build = p_build order by t.name;
end $$;
