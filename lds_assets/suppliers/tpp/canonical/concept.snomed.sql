-- Grain: one row per SNOMED CT concept that CTV3 codes are mapped to.
-- Rule source: tpp_to_olids.csv; the map file has no term, the one of the mapped code stands in.
with word as (
    select
        'http://snomed.info/sct' as system,
        cast(target.snomed_code as varchar) as code,
        trim(source.ctv3_text) as display,
        target.lds_source_record_id,
        target.lds_source_key,
        target.lds_load_sequence,
        target.lds_extracted_at,
        target.lds_row_number
    from raw.sr_ctv3_to_snomed as target
    left join raw.sr_ctv3 as source on target.ctv3_code = source.ctv3_code
    where target.snomed_code > 0 and not coalesce(target.removed_data, false)
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
