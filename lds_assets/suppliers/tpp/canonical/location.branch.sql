-- Grain: one row per branch of a practice. The number alone is not unique: practices share numbers.
-- Rule source: tpp_to_olids.csv, its key widened by the practice (dictionary: two key columns).
with branch as (
    select
        *,
        coalesce(removed_data, false) as is_removed
    from raw.sr_organisation_branch
),

renamed as (
    select
        -- keys
        lds_id(
            'location', branch.publisher_organisation_code, 'SROrganisationBranch',
            branch.row_identifier
        ) as id,
        case when not branch.is_removed then lds_organisation_id(
                    coalesce(branch.id_organisation, branch.publisher_organisation_code)
                )
        end as managing_organisation_id,
        -- where
        trim(branch.branch_name) as name,
        cast(null as varchar) as location_type_source_concept_id,
        cast(null as varchar) as type_description,
        branch.house_name,
        branch.house_number,
        cast(null as varchar) as house_name_flat_number,
        branch.road_name as street,
        branch.house_name as address_line_1,
        nullif(concat_ws(' ', branch.house_number, branch.road_name), '') as address_line_2,
        branch.locality as address_line_3,
        branch.town as address_line_4,
        trim(branch.post_code) as postcode,
        -- when
        cast(null as date) as open_date,
        cast(null as date) as close_date,
        -- flags
        case when not branch.is_removed then false end as is_primary_location,
        case when not branch.is_removed then coalesce(branch.branch_obsolete, false) end
            as is_obsolete,
        branch.is_removed as lds_is_deleted,
        -- provenance
        branch.publisher_organisation_code,
        branch.lds_source_record_id,
        branch.lds_source_key,
        branch.lds_load_sequence,
        branch.lds_extracted_at,
        branch.lds_row_number
    from branch
)

select * from renamed
