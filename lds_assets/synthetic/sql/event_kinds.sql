-- Grain: one row per referral; extends its event.
create or replace table syn.referral as
select
    event_no,
    patient_no,
    case when chance(k, 30, 0.6) then one_of(getvariable('syn_providers'), k, 31) end as target_ods_code,
    one_of(['Routine', 'Routine', 'Urgent', '2 Week Wait', 'Soon'], k, 32) as urgency,
    one_of(['NHS e-Referral', 'NHS e-Referral', 'Written', 'Verbal'], k, 33) as mode,
    one_of(['Outpatient', 'Assessment', 'Investigation', 'Treatment', 'Community Care'], k, 34)
        as service_type,
    born_day,
    changed_day,
    deleted_day,
    readded_day
from syn.event
where kind = 'referral'
order by event_no;

-- Grain: one row per planned action (recall) of a patient.
create or replace table syn.diary as
select
    patient_no * 100 + 1 as diary_no,
    patient_no,
    null::bigint as consultation_no,
    one_of(['flu_recall', 'review_recall', 'smear_recall', 'blood_recall'], k, 400) as recall_key,
    'recall_' || one_of(['flu_recall', 'review_recall', 'smear_recall', 'blood_recall'], k, 400)
        as code_key,
    bulk_date() + (pick(k, 401, 500) - 250)::integer as due_on,
    bulk_date() - (300 + pick(k, 402, 300))::integer + to_hours(12) as recorded_at,
    usual_staff_no as staff_no,
    one_of(['6 Months', '12 Months'], k, 403) as duration_term,
    pick(k, 401, 500) >= 250 as is_active,
    pick(k, 401, 500) < 200 as is_complete,
    is_confidential,
    0 as born_day,
    null::integer as changed_day,
    null::integer as deleted_day,
    null::integer as readded_day
from syn.patient
where born_day = 0 and chance(k, 404, 0.3)
order by diary_no;
