-- Grain: one row per session.
select
    sr_session(session_no) as row_id,
    sr_when(starts_at - to_days(60)) as "DateCreation",
    sr_profile(getvariable('syn_practice') * 1000 + 1) as "IDProfileCreatedBy",
    name as "Name",
    kind as "RotaType",
    case when chance(k, 20, 0.9) then [[rota_location:Main surgery]]
        else [[rota_location:Café room, first floor]] end as "Location",
    sr_profile(getvariable('syn_practice') * 1000 + 1) as "IDProfileOwner",
    sr_when(starts_at) as "DateStart",
    'FALSE' as "AllowOverBooking",
    case when chance(k, 21, 0.1) then 5001 end as "IDBranch",
    -- a number even where labels stand in lists: the supplier documents the column as one
    361 as "Specialty",
    is_deleted as is_removed
from syn.session_day($day)
