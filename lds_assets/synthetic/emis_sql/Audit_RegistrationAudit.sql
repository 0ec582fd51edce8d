-- Grain: one row per patient whose registration was written; the bulk holds the last one of each.
select
    patient_guid(patient_no) as "PatientGuid",
    organisation_guid() as "OrganisationGuid",
    case when day_no() = 0 then registered_on else (bulk_date() + (day_no() - 1)::integer) end
        as "ModifiedDate",
    '08:45:00' as "ModifiedTime",
    user_guid(usual_staff_no) as "UserInRoleGuid",
    case when is_deleted then 'Delete' when born_day = day_no() then 'Insert' else 'Update' end
        as "ModeType"
from syn.patient_day(day_no())
