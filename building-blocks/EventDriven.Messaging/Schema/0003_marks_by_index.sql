-- The plans of what reads and moves marks are made while the table is still small and are kept: only the index will do for what it
-- grows into. (And a plan that looks dear, as one with forbidden scans does, would be compiled.)
create function inbox.read_marks(p_subscription text, topics text[], sources text[], streams text[])
returns setof inbox.marks language sql stable
set jit = off set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
    select m.* from unnest(topics, sources, streams) k (topic, source, stream)
    join inbox.marks m on m.subscription = p_subscription and (m.topic, m.source, m.stream) = (k.topic, k.source, k.stream)
$$;

alter function inbox.move_marks set jit = off;
alter function inbox.move_marks set enable_seqscan = off;
alter function inbox.move_marks set enable_bitmapscan = off;
alter function inbox.move_marks set enable_hashjoin = off;
alter function inbox.move_marks set enable_mergejoin = off;
