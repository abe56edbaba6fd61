-- What waits for a position is looked up event by event: there are few above what is settled, but that is not known when it is planned, and an
-- anti join then reads the positions of the whole log at each look.
create or replace view log.unsequenced as
select e.id as event_id, e.recorded_at, e.topic from log.events e
where e.id > (select settled from log.lease) and (select p.position from log.positions p where p.event_id = e.id) is null;
