-- Grain: one row per authorised medication new, changed or deleted on the day.
select
    drug_guid(drug_no) as "DrugRecordGuid",
    patient_guid(patient_no) as "PatientGuid",
    organisation_guid() as "OrganisationGuid",
    live(is_deleted, started_on) as "EffectiveDate",
    live(is_deleted, 'YMD') as "EffectiveDatePrecision",
    live(is_deleted, recorded_at::date) as "EnteredDate",
    live(is_deleted, clock(recorded_at)) as "EnteredTime",
    live(is_deleted, user_guid(staff_no)) as "ClinicianUserInRoleGuid",
    live(is_deleted, user_guid(staff_no)) as "EnteredByUserInRoleGuid",
    live(is_deleted, drugcode.emis_code_id) as "CodeId",
    live(is_deleted, drug.dosage) as "Dosage",
    live(is_deleted, drug.quantity::decimal(10, 3)) as "Quantity",
    live(is_deleted, drug.quantity_unit) as "QuantityUnit",
    live(is_deleted, case when is_repeat then 'Repeat' else 'Acute' end) as "PrescriptionType",
    live(is_deleted, is_active) as "IsActive",
    live(is_deleted, cancelled_on) as "CancellationDate",
    live(is_deleted, issues) as "NumberOfIssues",
    live(is_deleted, issues_authorised) as "NumberOfIssuesAuthorised",
    live(is_deleted, is_confidential) as "IsConfidential",
    is_deleted as "Deleted"
from syn.drug_day(day_no()) as drug
inner join syn.drugcode as drugcode on drugcode.drug_key = drug.drug_key
order by drug_no
