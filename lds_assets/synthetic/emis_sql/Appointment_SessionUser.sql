-- Grain: one row per session and user; not sent again when its session changes.
select
    session_guid(session_no) as "SessionGuid",
    user_guid(staff_no) as "UserInRoleGuid",
    false as "Deleted"
from syn.session_day(day_no())
where born_day = day_no()
