-- Grain: one row per planned action.
select
    diary_guid(diary_no) as "DiaryGuid",
    patient_guid(patient_no) as "PatientGuid",
    organisation_guid() as "OrganisationGuid",
    due_on as "EffectiveDate",
    'YMD' as "EffectiveDatePrecision",
    recorded_at::date as "EnteredDate",
    clock(recorded_at) as "EnteredTime",
    user_guid(staff_no) as "ClinicianUserInRoleGuid",
    user_guid(staff_no) as "EnteredByUserInRoleGuid",
    code.emis_code_id as "CodeId",
    mark(code.term) as "OriginalTerm",
    duration_term as "DurationTerm",
    'Main Surgery' as "LocationTypeDescription",
    is_deleted as "Deleted",
    is_confidential as "IsConfidential",
    is_active as "IsActive",
    is_complete as "IsComplete",
    consultation_guid(consultation_no) as "ConsultationGuid"
from syn.diary_day(day_no()) as diary
inner join syn.code as code on code.code_key = diary.code_key
order by diary_no
