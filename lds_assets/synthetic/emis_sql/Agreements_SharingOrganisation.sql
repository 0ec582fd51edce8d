-- Grain: one row per practice of the group, in every delivery.
select
    organisation_guid() as "OrganisationGuid",
    true as "IsActivated",
    timestamp '2025-02-03 09:30:00' as "LastModifiedDate",
    false as "Disabled",
    false as "Deleted"
