-- Grain: one row per organisation with an ODS code; organisation columns elsewhere hold that code.
-- Rule source: tpp_to_olids.csv; the commissioner before the trust is the parent.
with organisation as (
    select *
    from raw.sr_organisation
    where nullif(trim(id), '') is not null
),

-- two rows with one code: the one in use, then the older one
ranked as (
    select
        *,
        row_number() over (
            partition by upper(trim(id))
            order by coalesce(made_obsolete, false), row_identifier
        ) as place
    from organisation
),

commissioner as (
    select * from raw.sr_ccg
    where not coalesce(removed_data, false)
),

trust as (
    select * from raw.sr_trust
    where not coalesce(removed_data, false)
),

renamed as (
    select
        -- keys
        lds_organisation_id(ranked.id) as id,
        upper(trim(ranked.id)) as organisation_code,
        'ODS' as assigning_authority_code,
        coalesce(
            lds_organisation_id(commissioner.ods_code),
            lds_id('organisation', 'shared', 'SRCcg', commissioner.row_identifier),
            lds_organisation_id(trust.ods_code),
            lds_id('organisation', 'shared', 'SRTrust', trust.row_identifier)
        ) as parent_organisation_id,
        -- what
        trim(ranked.name) as name,
        cast(null as varchar) as primary_location_type_source_concept_id,
        cast(null as varchar) as type_description,
        trim(ranked.full_post_code) as postcode,
        -- when
        cast(null as date) as open_date,
        cast(null as date) as close_date,
        -- flags
        coalesce(ranked.made_obsolete, false) as is_obsolete,
        coalesce(ranked.removed_data, false) as lds_is_deleted,
        -- provenance
        ranked.publisher_organisation_code,
        ranked.lds_source_record_id,
        ranked.lds_source_key,
        ranked.lds_load_sequence,
        ranked.lds_extracted_at,
        ranked.lds_row_number
    from ranked
    left join commissioner on ranked.id_ccg = commissioner.row_identifier
    left join trust on ranked.id_trust = trust.row_identifier
    where ranked.place = 1
)

select * from renamed
