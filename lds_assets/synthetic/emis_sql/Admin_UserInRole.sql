-- Grain: one row per member of staff in a role.
select
    user_guid(staff_no) as "UserInRoleGuid",
    organisation_guid() as "OrganisationGuid",
    title as "Title",
    given as "GivenName",
    surname as "Surname",
    role_code as "JobCategoryCode",
    role_name as "JobCategoryName",
    case when staff_no % 9 = 0 then date '1899-12-31' else start_date end as "ContractStartDate",
    end_date as "ContractEndDate",
    gmc_code as "RegistrationNumber"
from syn.staff_day(day_no())
