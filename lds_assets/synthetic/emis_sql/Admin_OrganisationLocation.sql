-- Grain: one row per link of a practice and its site.
select
    organisation_guid() as "OrganisationGuid",
    location_guid(getvariable('syn_practice')) as "LocationGuid",
    true as "IsMainLocation",
    false as "Deleted"
where day_no() = 0
