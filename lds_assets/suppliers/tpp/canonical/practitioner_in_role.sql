-- Grain: one row per profile: a person's post at an organisation. Profile numbers are system-wide.
-- Rule source: tpp_to_olids.csv; the role's description stands in for a missing label.
with profile as (
    select
        *,
        coalesce(removed_data, false) as is_removed
    from raw.sr_staff_member_profile
),

role as (
    select * from raw.sr_staff_member_profile_role
    where not coalesce(removed_data, false)
),

renamed as (
    select
        -- keys
        lds_id('practitioner_in_role', 'shared', profile.row_identifier) as id,
        lds_organisation_id(profile.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(profile.id_organisation) as author_organisation_id,
        lds_organisation_id(profile.id_organisation) as employer_organisation_id,
        lds_id(
            'practitioner', profile.publisher_organisation_code,
            case when profile.id_staff_member > 0 then profile.id_staff_member end
        ) as practitioner_id,
        -- what
        cast(
            case when profile.id_staff_member_profile_role > 0
                    then profile.id_staff_member_profile_role
            end as varchar
        ) as role_code,
        coalesce(nullif(trim(profile.staff_role), ''), trim(role.role_description)) as role,
        -- when
        cast(profile.date_employment_start as date) as date_employment_start,
        cast(profile.date_employment_end as date) as date_employment_end,
        -- flags
        profile.is_removed as lds_is_deleted,
        -- provenance
        profile.publisher_organisation_code,
        profile.lds_source_record_id,
        profile.lds_source_key,
        profile.lds_load_sequence,
        profile.lds_extracted_at,
        profile.lds_row_number
    from profile
    left join role on profile.id_staff_member_profile_role = role.row_identifier
)

select * from renamed
