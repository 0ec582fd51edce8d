-- Grain: one row per session and user; not sent again when its session changes. One session in five
-- has two users, one in seventeen (a cancellation list) none.
with holder as (
    select session_no, staff_no, born_day
    from syn.session_day(day_no())
    union
    select
        session_no,
        getvariable('syn_practice') * 1000 + 1
            + (staff_no - getvariable('syn_practice') * 1000) % getvariable('syn_staff') as staff_no,
        born_day
    from syn.session_day(day_no())
    where session_no % 5 = 0
)

select
    session_guid(session_no) as "SessionGuid",
    user_guid(staff_no) as "UserInRoleGuid",
    false as "Deleted"
from holder
where born_day = day_no() and session_no % 17 <> 0
order by session_no, staff_no
