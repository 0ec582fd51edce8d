-- Grain: one row per number of a patient; a blank number ends the one before it.
with person as (
    select *, usual_staff_no as staff_no, row_key(21, patient_no) as ek
    from syn.patient
    where coalesce($day in (born_day, changed_day), false)
),

number as (
    select *, 1 as n, registered_on as from_date, [[contact_type:Home]] as kind, home_phone as value
    from person
    where home_phone is not null and $day = born_day
    union all
    select *, 2, registered_on, [[contact_type:Mobile]], mobile
    from person
    where mobile is not null and $day = born_day
    union all
    select *, 3, registered_on + 200, [[contact_type:Home]], null
    from person
    where home_phone is not null and chance(ek, 1, 0.03) and $day = born_day
    union all
    select *, 4, bulk_date() + changed_day - 1, [[contact_type:Mobile]],
        '07700 900' || lpad(pick(ek, 2, 1000)::varchar, 3, '0')
    from person
    where coalesce($day = changed_day, false) and chance(ek, 3, 0.5)
)

select
    sr_patient(patient_no) * 10 + n as row_id,
    sr_when(from_date + to_minutes(600)) as "DateEventRecorded",
    sr_when(from_date) as "DateEvent",
    $entry_columns
    kind as "ContactType",
    case when value is not null then mark(value) end as "ContactNumber",
    '-1' as "IDEvent",
    sr_patient(patient_no) as "IDPatient"
from number
order by patient_no, n
