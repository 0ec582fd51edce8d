-- Grain: one row per sensitivity to a drug. It carries the number of a coded entry (SRCode).
with sensitivity as (
    select
        event.*,
        drugcode.drug_no_of_list,
        drugcode.term,
        sr_entry_key(event.consultation_no, event.k) as ek
    from syn.event_day($day) as event
    inner join syn.drugcode as drugcode on drugcode.drug_key = sr_culprit(event.code_key)
)

select
    sr_code(event_no) - 5 as row_id,
    sr_when(recorded_at) as "DateEventRecorded",
    sr_when(event_date) as "DateEvent",
    $entry_columns
    sr_when(event_date) as "DateStarted",
    sr_when(case when chance(k, 880, 0.1) then event_date + 900 end) as "DateEnded",
    'FALSE' as "FormulationSpecific",
    case when chance(k, 881, 0.9) then sr_product(drug_no_of_list) else -1 end as "IDDrugCode",
    case when chance(k, 881, 0.9) then -1 else 700 + drug_no_of_list end as "IDMultiLexAction",
    '-1' as "IDReferralIn",
    coalesce(sr_event(consultation_no), -1) as "IDEvent",
    sr_patient(patient_no) as "IDPatient",
    mark(term) as "NameOfMedication",
    is_deleted as is_removed
from sensitivity
