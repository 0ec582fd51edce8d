-- Grain: one row per consultation written or changed on the day of a delta.
select
    consultation_guid(consultation_no) as "ItemGuid",
    patient_guid(patient_no) as "PatientGuid",
    organisation_guid() as "OrganisationGuid",
    (bulk_date() + (day_no() - 1)::integer) as "ModifiedDate",
    clock(started_at) as "ModifiedTime",
    user_guid(staff_no) as "UserInRoleGuid",
    'Consultation' as "ItemType",
    case when is_deleted then 'Delete' when born_day = day_no() then 'Insert' else 'Update' end
        as "ModeType"
from syn.consultation_day(day_no())
where day_no() > 0
