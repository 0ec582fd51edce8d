-- Grain: one row per issue new or deleted on the day.
select
    issue_guid(issue_no) as "IssueRecordGuid",
    patient_guid(patient_no) as "PatientGuid",
    organisation_guid() as "OrganisationGuid",
    live(is_deleted, drug_guid(drug_no)) as "DrugRecordGuid",
    live(is_deleted, issued_on) as "EffectiveDate",
    live(is_deleted, 'YMDT') as "EffectiveDatePrecision",
    live(is_deleted, recorded_at::date) as "EnteredDate",
    live(is_deleted, clock(recorded_at)) as "EnteredTime",
    live(is_deleted, user_guid(staff_no)) as "ClinicianUserInRoleGuid",
    live(is_deleted, user_guid(staff_no)) as "EnteredByUserInRoleGuid",
    live(is_deleted, drugcode.emis_code_id) as "CodeId",
    live(is_deleted, issue.dosage) as "Dosage",
    live(is_deleted, issue.quantity::decimal(10, 3)) as "Quantity",
    live(is_deleted, issue.quantity_unit) as "QuantityUnit",
    live(is_deleted, issue.course_days) as "CourseDurationInDays",
    live(is_deleted, issue.cost::decimal(10, 4)) as "EstimatedNhsCost",
    live(is_deleted, is_confidential) as "IsConfidential",
    live(is_deleted, case when chance(k, 501, 0.01) then typed(mark('Please book a review'), k, 502) end)
        as "PatientMessage",
    live(is_deleted, false) as "IsPrescribedAsContraceptive",
    live(is_deleted, false) as "IsPrivatelyPrescribed",
    live(is_deleted, case when chance(k, 503, 0.005) then typed(mark('Weekly tray'), k, 504) end)
        as "PharmacyText",
    live(is_deleted, consultation_guid(consultation_no)) as "ConsultationGuid",
    live(is_deleted, case when k % 5 = 0 then 'Print' else 'Electronic' end) as "IssueMethodDescription",
    is_deleted as "Deleted"
from syn.issue_day(day_no()) as issue
inner join syn.drugcode as drugcode on drugcode.drug_key = issue.drug_key
order by issue_no
