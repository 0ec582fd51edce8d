-- Grain: one row per kind of number of an organisation. Rule source: tpp_to_olids.csv.
with organisation as (
    select * from raw.sr_organisation
),

word as (
    select
        organisation.*,
        'urn:lds:tpp:location-contact-type' as system,
        listed.kind as code,
        listed.kind as display
    from organisation
    cross join (values ('Telephone'), ('Secondary telephone'), ('Fax')) as listed (kind)
),

renamed as (
    select
        -- keys
        lds_concept_id(system, code) as concept_id,
        system,
        code,
        -- what
        min(display) as display,
        cast(null as boolean) as present_in_terminology_server,
        cast(null as bigint) as use_count,
        -- flags
        false as lds_is_deleted,
        -- provenance
        'shared' as publisher_organisation_code,
        min(lds_source_record_id) as lds_source_record_id,
        min(lds_source_key) as lds_source_key,
        max(lds_load_sequence) as lds_load_sequence,
        max(lds_extracted_at) as lds_extracted_at,
        min(lds_row_number) as lds_row_number
    from word
    where code is not null
    group by system, code
)

select * from renamed
