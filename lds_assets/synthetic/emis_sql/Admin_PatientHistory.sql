-- Grain: one row per registration status a patient came into. It holds no registration type.
with status as (
    select patient_no, seq, start_date as on_date, 'Registered' as words, born_day = day_no() or comes(day_no()) as is_new
    from syn.registration_day(day_no())
    union all
    select patient_no, seq, end_date, case status when 'Deceased' then 'Deceased' else 'Left' end, true
    from syn.registration_day(day_no())
    where end_date is not null
)

select
    patient_guid(patient_no) as "PatientGuid",
    organisation_guid() as "OrganisationGuid",
    on_date as "HistoryDate",
    case words when 'Registered' then '09:00:00' else '17:30:00' end as "HistoryTime",
    words as "StatusDescription"
from status
where is_new
order by patient_no, seq, words desc
