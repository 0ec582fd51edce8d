-- Grain: one row per session new or changed on the day.
select
    session_guid(session_no) as "AppointmentSessionGuid",
    name as "Description",
    location_guid(getvariable('syn_practice')) as "LocationGuid",
    kind as "SessionTypeDescription",
    'Default Non-List Category' as "SessionCategoryDisplayName",
    starts_at::date as "StartDate",
    clock(starts_at) as "StartTime",
    ends_at::date as "EndDate",
    clock(ends_at) as "EndTime",
    is_private as "Private",
    organisation_guid() as "OrganisationGuid",
    is_deleted as "Deleted"
from syn.session_day(day_no())
