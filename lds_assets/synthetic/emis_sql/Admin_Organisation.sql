-- Grain: one row per practice; sent when it changes, so in the bulk only.
select
    organisation_guid() as "OrganisationGuid",
    10000 + getvariable('syn_practice') as "CDB",
    getvariable('out_practice_name') as "OrganisationName",
    getvariable('out_practice_code') as "ODSCode",
    commissioner.organisation_guid as "CCGOrganisationGuid",
    'GP Practice' as "OrganisationType",
    date '1990-04-01' as "OpenDate",
    location_guid(getvariable('syn_practice')) as "MainLocationGuid"
from (select 1) as practice
left join emis.organisation as commissioner
    on commissioner.ods_code = getvariable('out_commissioner')
where day_no() = 0
