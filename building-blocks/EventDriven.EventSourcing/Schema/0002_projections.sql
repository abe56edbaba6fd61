-- Read models that follow the log. What they look like is declared by the service's own migrations, as empty tables that serve as
-- templates; what they hold is in builds: a build is a copy of the tables of one version of a projection, with its own place in the log.
-- Readers use a view, which stands on the active build.

-- newest: the highest version that was ever begun; a higher one is begun by itself, a lower or equal one only by an operator.
create table sourcing.projections (
    projection text collate "C" primary key,
    newest int not null,
    paused boolean not null default false
);
grant select, update (paused) on sourcing.projections to $service$;

create table sourcing.read_models (
    projection text collate "C" not null references sourcing.projections,
    version int not null,
    name text collate "C" not null, -- what readers use: a view
    template text collate "C" not null,
    primary key (projection, version, name)
);
grant select on sourcing.read_models to $service$;

-- building: catches up, then takes the active one's place. kept: the one before, for a rollback, until the next is begun.
-- failed_…: the event it stands before, because the projection cannot take it in.
-- rate: events per second while it catches up. compared: what a comparison with the active build has found before the switch.
create table sourcing.builds (
    build bigint generated always as identity primary key,
    projection text collate "C" not null references sourcing.projections,
    version int not null,
    state text collate "C" not null check (state in ('building', 'active', 'kept')),
    position bigint not null default 0,
    moved_at timestamptz not null default clock_timestamp(),
    rate double precision,
    began_at timestamptz not null default clock_timestamp(),
    activated_at timestamptz,
    compared jsonb,
    failed_position bigint,
    failed_stream text collate "C",
    failed_version bigint,
    failed_type text collate "C",
    failed_cause text,
    failed_at timestamptz,
    constraint builds_one_each unique (projection, state) deferrable
) with (fillfactor = 50);
grant select, update (position, moved_at, rate, compared, failed_position, failed_stream, failed_version, failed_type, failed_cause, failed_at)
    on sourcing.builds to $service$;

create table sourcing.build_tables (
    build bigint not null references sourcing.builds on delete cascade,
    name text collate "C" not null,
    table_name text collate "C" not null,
    primary key (build, name)
);
grant select on sourcing.build_tables to $service$;

create function sourcing.make_table(p_build bigint, p_name text, p_template text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    made text;
begin
    select format('%I.%I', n.nspname, left(c.relname, 40) || '_b' || p_build) into made
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = p_template::regclass;
    execute format('create table %s (like %s including all)', made, p_template::regclass);
    execute format('grant select, insert, update, delete on %s to $service$', made);
    insert into sourcing.build_tables values (p_build, p_name, made);
end $$;

-- Has readers see this table. A view whose columns are others than before cannot be replaced: it is made anew, in the same transaction.
create function sourcing.point_view(p_name text, p_table text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    begin
        execute format('create or replace view %s as select * from %s', p_name, p_table);
    exception when invalid_table_definition then
        execute format('drop view %s', p_name);
        execute format('create view %s as select * from %s', p_name, p_table);
    end;
    execute format('grant select on %s to $service$', p_name);
end $$;

create function sourcing.make_build(p_projection text, p_version int, p_state text) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    made bigint;
    model sourcing.read_models;
begin
    insert into sourcing.builds (projection, version, state, activated_at)
    values (p_projection, p_version, p_state, case p_state when 'active' then clock_timestamp() end) returning build into made;
    for model in select * from sourcing.read_models m where m.projection = p_projection and m.version = p_version order by m.name
    loop
        perform sourcing.make_table(made, model.name, model.template);
    end loop;
    return made;
end $$;

create function sourcing.drop_build(p_build bigint) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    t sourcing.build_tables;
begin
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

-- For the service's migrations: this version of the projection fills a table like the template, and readers find it under the name.
-- Names are given with their schema. A projection with several tables calls it once for each. The first version that a projection has is
-- built from the start, and its views stand from here on; a later one is built beside the active one as soon as a process has its code.
create function sourcing.declare_read_model(p_projection text, p_version int, p_name text, p_template text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    first sourcing.builds;
begin
    if exists (select from sourcing.read_models m where m.name = p_name and m.projection <> p_projection) then
        raise exception 'read model % belongs to another projection', p_name;
    end if;
    insert into sourcing.projections (projection, newest) values (p_projection, p_version) on conflict do nothing;
    insert into sourcing.read_models values (p_projection, p_version, p_name, p_template);

    select * into first from sourcing.builds b where b.projection = p_projection and b.state = 'active';
    if not found then
        perform sourcing.make_build(p_projection, p_version, 'active');
    elsif first.version = p_version and first.position = 0 then
        perform sourcing.make_table(first.build, p_name, p_template);
    elsif first.version = p_version then
        raise exception 'version % of projection % has begun without %: declare it for the next version', p_version, p_projection, p_name;
    end if;
    perform sourcing.point_view(t.name, t.table_name)
    from sourcing.build_tables t join sourcing.builds b on b.build = t.build
    where b.projection = p_projection and b.version = p_version and b.state = 'active' and t.name = p_name;
end $$;

-- Begins a build beside the active one. What was begun or kept before goes.
create function sourcing.begin_build(p_projection text, p_version int) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update sourcing.projections p set newest = greatest(p.newest, p_version) where p.projection = p_projection;
    if not exists (select from sourcing.read_models m where m.projection = p_projection and m.version = p_version) then
        raise exception 'no migration declares the tables of version % of projection %', p_version, p_projection using errcode = 'ED005';
    end if;
    perform sourcing.drop_build(b.build) from sourcing.builds b where b.projection = p_projection and b.state <> 'active';
    return sourcing.make_build(p_projection, p_version, 'building');
end $$;

-- Puts a build in the place of the active one, which is kept, and has readers see it. Whoever reads in a longer transaction is not
-- waited for long, because other readers would wait behind: it is tried again.
create function sourcing.activate_build(p_build bigint) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '200ms' as $$
declare
    chosen sourcing.builds;
begin
    select * into chosen from sourcing.builds b where b.build = p_build and b.state = 'building';
    if not found then
        raise exception 'build % is not being built any more', p_build using errcode = 'ED004';
    end if;
    set constraints sourcing.builds_one_each deferred;
    update sourcing.builds b set state = 'kept' where b.projection = chosen.projection and b.state = 'active';
    update sourcing.builds b set state = 'active', activated_at = clock_timestamp() where b.build = p_build;
    perform sourcing.point_view(t.name, t.table_name) from sourcing.build_tables t where t.build = p_build order by t.name;
end $$;

-- Has the kept build catch up and take its place again. Returns its version, or null where none is kept.
create function sourcing.rollback_build(p_projection text) returns int
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update sourcing.builds b set state = 'building', compared = null where b.projection = p_projection and b.state = 'kept' returning b.version
$$;

revoke execute on function
    sourcing.make_table(bigint, text, text), sourcing.point_view(text, text), sourcing.make_build(text, int, text), sourcing.drop_build(bigint),
    sourcing.declare_read_model(text, int, text, text), sourcing.begin_build(text, int), sourcing.activate_build(bigint),
    sourcing.rollback_build(text) from public;
grant execute on function sourcing.begin_build(text, int), sourcing.activate_build(bigint), sourcing.rollback_build(text) to $service$;

-- Moves a build on, from where its caller believes it to be and nowhere else.
create function sourcing.move_build(p_build bigint, p_from bigint, p_to bigint, p_rate double precision) returns void language plpgsql as $$
begin
    update sourcing.builds set position = p_to, moved_at = clock_timestamp(), rate = coalesce(p_rate, rate) where build = p_build and position = p_from;
    if not found then
        raise exception 'build % is not at position %', p_build, p_from using errcode = 'ED004';
    end if;
end $$;

-- The next events after a position, with what a projection needs of them: as many as asked for and not many more bytes than asked for.
create function sourcing.events_after(p_position bigint, p_most int, p_bytes bigint)
returns table (
    "position" bigint, stream text, version bigint, type text, message_id uuid, correlation_id uuid, causation_id uuid,
    recorded_at timestamptz, effective_at timestamptz, data bytea)
language sql stable set jit = off set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
    select "position", stream, version, type, message_id, correlation_id, causation_id, recorded_at, effective_at, data
    from (select e.*, p.position,
                 sum(octet_length(e.data)) over (order by p.position rows between unbounded preceding and 1 preceding) as before
          from log.positions p join log.events e on e.id = p.event_id
          where p.position > p_position order by p.position limit p_most) next
    where before is null or before < p_bytes
    order by "position"
$$;
