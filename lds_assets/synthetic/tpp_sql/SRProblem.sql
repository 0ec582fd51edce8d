-- Grain: one row per problem; now and then two problems share one coded entry.
with problem as (
    select event.*, code.ctv3_code, sr_entry_key(event.consultation_no, event.k) as ek
    from syn.event_day($day) as event
    inner join syn.code as code on code.code_key = event.code_key
    where event.is_problem and event.kind not in ('immunisation', 'referral')
        and sr_culprit(event.code_key) is null
),

doubled as (
    select *, 1 as n, event_date as from_date from problem
    union all
    select *, 2, event_date + 100 from problem where chance(k, 860, 0.02)
)

select
    sr_code(event_no) * 10 + n as row_id,
    sr_when(recorded_at) as "DateEventRecorded",
    sr_when(from_date) as "DateEvent",
    $entry_columns
    ctv3_code as "CTV3Code",
    sr_when(case when n = 1 then problem_end_date end) as "DateEnd",
    case when chance(k, 861, 0.05) then null when problem_significance = 'Significant Problem'
        then [[problem_severity:major]] else [[problem_severity:minor]] end as "Severity",
    sr_code(event_no) as "IDCode",
    coalesce(sr_event(consultation_no), -1) as "IDEvent",
    sr_patient(patient_no) as "IDPatient",
    '-1' as "IDReferralIn",
    is_deleted as is_removed
from doubled
order by event_no, n
