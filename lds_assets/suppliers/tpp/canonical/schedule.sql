-- Grain: one row per rota: a session of a practice.
-- Rule source: tpp_to_olids.csv. Rotas have no end and, before 92, no start: their slots tell.
-- The owner column is unreliable in GP data and not read.
with rota as (
    select
        *,
        coalesce(removed_data, false) as is_removed
    from raw.sr_rota
),

slotted as (
    select
        publisher_organisation_code,
        id_rota,
        min(date_start) as first_start,
        max(date_end) as last_end
    from raw.sr_appointment
    where not coalesce(removed_data, false)
    group by publisher_organisation_code, id_rota
),

renamed as (
    select
        -- keys
        lds_id('schedule', rota.publisher_organisation_code, rota.row_identifier) as id,
        lds_organisation_id(rota.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(rota.publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(rota.publisher_organisation_code) as author_organisation_id,
        case
            when rota.is_removed then null
            when rota.id_branch > 0
                then lds_id(
                        'location',
                        rota.publisher_organisation_code,
                        'SROrganisationBranch',
                        rota.id_branch
                    )
            else lds_id('location', 'shared', 'SROrganisation', rota.publisher_organisation_code)
        end as location_id,
        cast(null as varchar) as practitioner_id,
        -- what
        trim(coalesce(place.configured_list_option, rota.location)) as location_name,
        trim(rota.rota_type) as type,
        trim(rota.name) as name,
        cast(null as boolean) as is_private,
        -- when
        lds_utc(coalesce(rota.date_start, slotted.first_start)) as start_datetime,
        lds_utc(slotted.last_end) as end_datetime,
        -- flags
        rota.is_removed as lds_is_deleted,
        -- provenance
        rota.publisher_organisation_code,
        rota.lds_source_record_id,
        rota.lds_source_key,
        rota.lds_load_sequence,
        rota.lds_extracted_at,
        rota.lds_row_number
    from rota
    left join slotted
        on rota.publisher_organisation_code = slotted.publisher_organisation_code
        and rota.row_identifier = slotted.id_rota and not rota.is_removed
    left join raw.sr_configured_list_option as place
        on cast(place.row_identifier as varchar) = rota.location
)

select * from renamed
