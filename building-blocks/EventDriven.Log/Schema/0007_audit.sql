-- What the audit of the log reads, and where it writes what it has found and how far it is. Events, anchors and findings are never
-- changed once they are written.
create or replace function log.refuse() returns trigger language plpgsql as $$
begin
    raise exception 'history is never changed: % on log.% is refused', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end $$;

-- The whole log up to a position in one hash: the anchor before it can be gone on from. message_id: the event that tells everybody.
create table log.anchors (
    position bigint primary key,
    count bigint not null,
    hash bytea not null,
    message_id uuid not null unique,
    recorded_at timestamptz not null default clock_timestamp()
);
grant select, insert on log.anchors to $service$;
create trigger anchors_are_final before update or delete or truncate on log.anchors for each statement execute function log.refuse();

-- What is not as it was written; each once.
create table log.findings (
    id bigint generated always as identity primary key,
    found_at timestamptz not null default clock_timestamp(),
    kind text collate "C" not null,
    stream text collate "C",
    version bigint,
    position bigint,
    what text not null,
    constraint findings_once unique nulls not distinct (kind, stream, version, position)
);
grant select, insert on log.findings to $service$;
create trigger findings_are_final before update or delete or truncate on log.findings for each statement execute function log.refuse();

-- Findings that an operator has looked into and closed, and who that was.
create table log.accepted_findings (
    finding bigint primary key references log.findings (id),
    accepted_at timestamptz not null default clock_timestamp(),
    who text not null,
    reason text not null
);
grant select, insert on log.accepted_findings to $service$;
create trigger accepted_findings_are_final before update or delete or truncate on log.accepted_findings
    for each statement execute function log.refuse();

-- How far the audit is. newest: follows the log. whole: from the beginning again, first by position, then stream by stream.
create table log.sweeps (
    part text collate "C" primary key check (part in ('newest', 'whole')),
    position bigint not null default 0,
    count bigint not null default 0,
    hash bytea not null default '\x',
    stream text collate "C", -- whole: null while it goes by position
    began_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz -- whole: null while it runs
) with (fillfactor = 50);
insert into log.sweeps (part, began_at, ended_at) values ('newest', now(), null), ('whole', now(), now());
grant select, update on log.sweeps to $service$;

-- An anchor's hash by hand: select log.anchor_hash(p.position, e.hash order by p.position) from log.positions p
-- join log.events e on e.id = p.event_id where p.position <= …
create function log.next_anchor_hash(bytea, bigint, bytea) returns bytea language sql immutable parallel safe as
    'select sha256($1 || int8send($2) || $3)';
create aggregate log.anchor_hash(bigint, bytea) (sfunc = log.next_anchor_hash, stype = bytea, initcond = '');

-- Each event beside those before and after it in its stream, and the stream's head.
create view log.linked as
select e.*, b.hash as before_hash, n.version is not null as has_next, h.version as head_version, h.hash as head_hash
from log.events e
left join log.events b on b.stream = e.stream and b.version = e.version - 1
left join log.events n on n.stream = e.stream and n.version = e.version + 1
left join log.streams h on h.stream = e.stream;
grant select on log.linked to $service$;

-- The next positions with their events, as many as asked for and not many more bytes than asked for. An event that is gone is null.
create function log.linked_after(p_position bigint, p_most int, p_bytes bigint)
returns table (
    "position" bigint, log_id uuid, stream text, version bigint, topic text, sequence bigint, type text, message_id uuid,
    correlation_id uuid, causation_id uuid, traceparent text, idempotency_key text, recorded_at timestamptz, effective_at timestamptz,
    subject uuid, data bytea, previous_hash bytea, hash bytea, before_hash bytea, has_next boolean, head_version bigint, head_hash bytea)
language sql stable set jit = off set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
    select next.position, l.log_id, l.stream, l.version, l.topic, l.sequence, l.type, l.message_id, l.correlation_id, l.causation_id, l.traceparent,
           l.idempotency_key, l.recorded_at, l.effective_at, l.subject, l.data, l.previous_hash, l.hash, l.before_hash, l.has_next, l.head_version, l.head_hash
    from (select p.position, p.event_id,
                 sum(octet_length(e.data)) over (order by p.position rows between unbounded preceding and 1 preceding) as before
          from log.positions p left join log.events e on e.id = p.event_id
          where p.position > p_position order by p.position limit p_most) next
    left join log.linked l on l.id = next.event_id
    where before is null or before < p_bytes
    order by next.position
$$;

-- The same with nothing but the hashes.
create function log.hashes_after(p_position bigint, p_most int) returns table ("position" bigint, hash bytea)
language sql stable set jit = off set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
    select p.position, e.hash from log.positions p left join log.events e on e.id = p.event_id
    where p.position > p_position order by p.position limit p_most
$$;

-- The next streams by name, and whether the newest event of each is what its head says.
create function log.heads_after(p_stream text, p_most int) returns table (stream text, stands boolean)
language sql stable set jit = off set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
    select h.stream, h.version = -1 or coalesce(e.hash = h.hash, false) and n.version is null
    from (select s.stream, s.version, s.hash from log.streams s where s.stream > p_stream order by s.stream limit p_most) h
    left join log.events e on e.stream = h.stream and e.version = h.version
    left join log.events n on n.stream = h.stream and n.version = h.version + 1
    order by h.stream
$$;
