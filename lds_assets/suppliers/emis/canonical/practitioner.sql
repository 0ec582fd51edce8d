-- Grain: one row per user in role; EMIS knows no person behind the roles of its staff.
-- Rule source: emis_to_olids.csv.
with member as (
    select * from raw.admin_user_in_role
),

renamed as (
    select
        -- keys
        lds_id('practitioner', publisher_organisation_code, user_in_role_guid) as id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        -- who
        -- other registers send other forms: a GMC number is seven digits
        case
            when regexp_full_match(trim(registration_number), '[0-9]{7}')
                then trim(registration_number)
        end as gmc_code,
        trim(title) as title,
        trim(given_name) as first_name,
        trim(surname) as surname,
        nullif(concat_ws(' ', trim(given_name), trim(surname)), '') as name,
        -- flags
        -- 1899-12-31 is an empty date
        coalesce(
            contract_end_date > date '1899-12-31'
            and contract_end_date < cast(lds_extracted_at as date),
            false
        ) as is_obsolete,
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
