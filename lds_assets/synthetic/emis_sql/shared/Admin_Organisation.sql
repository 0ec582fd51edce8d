-- Grain: one row per organisation the practices refer to: commissioners and hospitals.
select
    organisation_guid as "OrganisationGuid",
    name as "OrganisationName",
    ods_code as "ODSCode",
    organisation_type as "OrganisationType",
    date '2013-04-01' as "OpenDate"
from emis.organisation
where day_no() = 0
order by ods_code
