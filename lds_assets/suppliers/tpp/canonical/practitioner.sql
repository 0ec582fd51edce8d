-- Grain: one row per person and practice where the person has a post.
-- Rule source: tpp_to_olids.csv. The practice is part of the key, so that a practice can be loaded
-- and withdrawn alone. Names come in one string and stay so.
with staff as (
    select
        *,
        coalesce(removed_data, false) as is_removed
    from raw.sr_staff_member
),

renamed as (
    select
        -- keys
        lds_id('practitioner', staff.publisher_organisation_code, staff.row_identifier) as id,
        lds_organisation_id(staff.publisher_organisation_code) as publisher_organisation_id,
        case when not staff.is_removed
                then lds_organisation_id(staff.publisher_organisation_code)
        end as author_organisation_id,
        -- who
        case when upper(trim(staff.national_id_type)) = 'GMC' then trim(staff.id_national) end
            as gmc_code,
        cast(null as varchar) as title,
        cast(null as varchar) as first_name,
        cast(null as varchar) as surname,
        trim(staff.staff_name) as name,
        -- flags
        case when not staff.is_removed then coalesce(staff.obsolete, false) end as is_obsolete,
        staff.is_removed as lds_is_deleted,
        -- provenance
        staff.publisher_organisation_code,
        staff.lds_source_record_id,
        staff.lds_source_key,
        staff.lds_load_sequence,
        staff.lds_extracted_at,
        staff.lds_row_number
    from staff
)

select * from renamed
