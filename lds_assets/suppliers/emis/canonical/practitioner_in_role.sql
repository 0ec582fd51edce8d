-- Grain: one row per user in role.
-- Rule source: emis_to_olids.csv.
with member as (
    select * from raw.admin_user_in_role
),

renamed as (
    select
        -- keys
        lds_id('practitioner_in_role', publisher_organisation_code, user_in_role_guid) as id,
        lds_id('practitioner', publisher_organisation_code, user_in_role_guid) as practitioner_id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        lds_organisation_id(publisher_organisation_code) as employer_organisation_id,
        -- what
        trim(job_category_code) as role_code,
        trim(job_category_name) as role,
        -- when: 1899-12-31 is an empty date
        nullif(contract_start_date, date '1899-12-31') as date_employment_start,
        nullif(contract_end_date, date '1899-12-31') as date_employment_end,
        -- flags
        false as lds_is_deleted,
        -- provenance
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from member
)

select * from renamed
