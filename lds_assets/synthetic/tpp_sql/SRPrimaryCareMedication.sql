-- Grain: one row per issue of a repeat, acute prescription, or drug recorded as given elsewhere.
with issued as (
    select
        issue.*,
        coalesce(drug.is_repeat, true) as is_repeat,
        drugcode.drug_no_of_list,
        drugcode.term,
        drugcode.dmd_code,
        -- one of a hundred acute drugs was given by somebody else
        case when not drug.is_repeat then rnd(issue.k, 890) else 1 end as elsewhere,
        issue.k as ek
    from syn.issue_day($day) as issue
    inner join syn.drugcode as drugcode on drugcode.drug_key = issue.drug_key
    left join syn.drug as drug on drug.drug_no = issue.issue_no // 1000
)

select
    sr_issue(issue_no) as row_id,
    sr_when(recorded_at) as "DateEventRecorded",
    sr_when(issued_on) as "DateEvent",
    $entry_columns
    sr_product(drug_no_of_list) as "IDMultiLexProduct",
    coalesce(dmd_code, '-1') as "IDMultiLexDMD",
    mark(case when dmd_code is null then 'TEXTUAL DRUG : ' else '' end || term) as "NameOfMedication",
    sr_when(issued_on + case when chance(ek, 891, 0.01) then 14 else 0 end) as "DateMedicationStart",
    sr_when(issued_on + course_days) as "DateMedicationEnd",
    dosage as "MedicationDosage",
    mark(sr_number(quantity) || ' ' || quantity_unit) as "MedicationQuantity",
    'FALSE' as "IsSupervised",
    sr_flag(is_repeat) as "IsRepeatMedication",
    sr_flag(elsewhere < 0.01) as "IsOtherMedication",
    sr_flag(elsewhere between 0.01 and 0.012) as "IsDentalMedication",
    sr_flag(elsewhere > 0.012 and elsewhere < 0.02) as "IsHospitalMedication",
    case when not is_repeat then -1 else sr_template(issue_no // 1000)
        + case when drug_no is null then 500 else 0 end end as "IDRepeatTemplate",
    '-1' as "IDReferralIn",
    coalesce(sr_event(consultation_no), -1) as "IDEvent",
    sr_patient(patient_no) as "IDPatient",
    is_deleted as is_removed
from issued
