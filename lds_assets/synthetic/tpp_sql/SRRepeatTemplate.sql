-- Grain: one row per repeat medication.
with template as (
    select drug.*, drugcode.drug_no_of_list, drugcode.term, drugcode.dmd_code, drug.k as ek
    from syn.drug_day($day) as drug
    inner join syn.drugcode as drugcode on drugcode.drug_key = drug.drug_key
    where drug.is_repeat
)

select
    sr_template(drug_no) as row_id,
    sr_when(recorded_at) as "DateEventRecorded",
    sr_when(started_on) as "DateEvent",
    $entry_columns
    sr_product(drug_no_of_list) as "IDMultiLexProduct",
    coalesce(dmd_code, '-1') as "IDMultiLexDMD",
    mark(case when dmd_code is null then 'TEXTUAL DRUG : ' else '' end || term) as "NameOfMedication",
    sr_when(started_on) as "DateMedicationTemplateStart",
    sr_when(cancelled_on) as "DateMedicationTemplateEnd",
    sr_when(coalesce(cancelled_on, bulk_date()) + 180) as "DateMedicationTemplateReview",
    dosage as "MedicationDosage",
    mark(sr_number(quantity) || ' ' || quantity_unit) as "MedicationQuantity",
    mark(issues_authorised::varchar) as "MaxIssues",
    mark(course_days::varchar) as "CourseLengthPerIssue",
    [[drug_status:Normal]] as "DrugStatus",
    '-1' as "IDReferralIn",
    coalesce(sr_event(consultation_no), -1) as "IDEvent",
    sr_patient(patient_no) as "IDPatient",
    is_deleted as is_removed
from template
