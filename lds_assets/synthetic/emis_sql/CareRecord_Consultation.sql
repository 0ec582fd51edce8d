-- Grain: one row per consultation new, changed or deleted on the day.
select
    consultation_guid(consultation_no) as "ConsultationGuid",
    patient_guid(patient_no) as "PatientGuid",
    organisation_guid() as "OrganisationGuid",
    live(is_deleted, started_at::date) as "EffectiveDate",
    live(is_deleted, 'YMDT') as "EffectiveDatePrecision",
    live(is_deleted, started_at::date) as "EnteredDate",
    live(is_deleted, clock(started_at)) as "EnteredTime",
    live(is_deleted, user_guid(staff_no)) as "ClinicianUserInRoleGuid",
    live(is_deleted, user_guid(staff_no)) as "EnteredByUserInRoleGuid",
    live(is_deleted, slot_guid(slot_no)) as "AppointmentSlotGuid",
    live(is_deleted, code.term) as "ConsultationSourceTerm",
    live(is_deleted, code.emis_code_id) as "ConsultationSourceCodeId",
    live(is_deleted, true) as "Complete",
    live(is_deleted, 'Consultation') as "ConsultationType",
    is_deleted as "Deleted",
    live(is_deleted, is_confidential) as "IsConfidential"
from syn.consultation_day(day_no()) as consultation
inner join syn.code as code on code.code_key = 'source_' || consultation.kind
order by consultation_no
