-- Grain: one row per clinician of a practice.
-- The key is the clinician's within the practice: two practices may know one person.
with renamed as (
    select
        lds_id('practitioner', publisher_organisation_code, uid) as id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        trim(gmc_number) as gmc_code,
        trim(title) as title,
        trim(given_name) as first_name,
        trim(family_name) as surname,
        nullif(trim(coalesce(given_name, '') || ' ' || coalesce(family_name, '')), '') as name,
        cast(null as boolean) as is_obsolete,
        coalesce(lower(trim(change_type)) = 'removed', false) as lds_is_deleted,
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from raw.clinician
)

select * from renamed
