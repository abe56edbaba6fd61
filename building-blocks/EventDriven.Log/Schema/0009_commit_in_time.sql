-- Comes before a commit in the same round trip: refuses it when the recorded time of its events is no longer near, as after a long wait
-- for a lock. What was recorded by a time may have been asked about, and must not grow later.
create function log.commit_in_time(recorded timestamptz) returns void language plpgsql as $$
begin
    if clock_timestamp() > recorded + interval '4 seconds' then
        raise exception 'the events were recorded at %, too long ago to be committed', recorded using errcode = 'ED006';
    end if;
end $$;
