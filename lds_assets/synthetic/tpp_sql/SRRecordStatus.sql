-- Grain: one row per change of a paper record's state: sent for, received, sent back.
with registration as (
    select *, row_key(23, patient_no * 10 + seq) as ek
    from syn.registration_day($day)
    where registration_type in ('Regular', 'Dummy')
),

state as (
    select *, 1 as n, start_date as on_date, '1' as value
    from registration
    where $day = born_day
    union all
    select *, 2, start_date + (8 + pick(ek, 1, 30))::integer, '2'
    from registration
    where $day = born_day and (end_date is null or end_date > start_date + 38)
    union all
    select *, 3, end_date, case when chance(ek, 2, 0.7) then '0' else '4' end
    from registration
    where end_date is not null
)

select
    sr_patient(patient_no) * 100 + seq * 10 + n as row_id,
    sr_when(on_date + to_minutes(660)) as "DateEvent",
    sr_when(on_date + to_minutes(661)) as "DateEventRecorded",
    sr_profile(getvariable('syn_practice') * 1000 + 1) as "IDProfileEnteredBy",
    getvariable('syn_practice') * 1000 + 1 as "IDDoneBy",
    '$here' as "IDOrganisationDoneAt",
    value as "MedicalRecordStatus",
    '-1' as "IDEvent",
    sr_patient(patient_no) as "IDPatient",
    '$here' as "IDOrganisation",
    '$here' as "IDOrganisationRegisteredAt"
from state
order by patient_no, seq, n
