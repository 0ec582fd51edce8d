-- Grain: one row per CTV3 code and SNOMED CT concept it is mapped to.
-- Rule source: tpp_to_olids.csv; the lowest number is the recommended target until a terminology
-- server says otherwise. Numbers that cannot be SNOMED CT are left out.
with target as (
    select
        *,
        case when ctv3_code like 'Y%' then 'urn:lds:tpp:code' else 'http://read.info/ctv3' end
            as source_system,
        row_number() over (partition by ctv3_code order by snomed_code) as place
    from raw.sr_ctv3_to_snomed
    where
        not coalesce(removed_data, false)
        and snomed_code between 100000 and 999999999999999999
        and ctv3_code is not null
),

renamed as (
    select
        -- keys
        'tpp-ctv3-to-snomed-ct' as concept_map_name,
        lds_concept_id(target.source_system, target.ctv3_code) as source_concept_id,
        lds_concept_id('http://snomed.info/sct', target.snomed_code) as target_concept_id,
        -- what
        target.source_system,
        target.ctv3_code as source_code,
        trim(source.ctv3_text) as source_display,
        'http://snomed.info/sct' as target_system,
        cast(target.snomed_code as varchar) as target_code,
        trim(source.ctv3_text) as target_display,
        'EQUIVALENT' as equivalence,
        cast(1 as bigint) as equivalence_rank,
        -- flags
        target.place = 1 as is_primary,
        false as lds_is_deleted,
        -- provenance
        target.publisher_organisation_code,
        target.lds_source_record_id,
        target.lds_source_key,
        target.lds_load_sequence,
        target.lds_extracted_at,
        target.lds_row_number
    from target
    left join raw.sr_ctv3 as source on target.ctv3_code = source.ctv3_code
)

select * from renamed
