-- Grain: one row per clinical code of EMIS and SNOMED CT code it stands or once stood for.
-- The newest target is the one to use; a target given up stays, marked as no match.
-- Rule source: emis_to_olids.csv; at most one primary target per code, olids rules 5.
with version as (
    select
        *,
        cast(snomed_ct_concept_id as varchar) as target_code,
        first_value(snomed_ct_concept_id) over (
            partition by code_id
            order by lds_extracted_at desc, lds_load_sequence desc, lds_source_key asc
        ) as newest_target
    from raw_all.coding_clinical_code
    where code_id is not null
),

plausible as (
    select * from version
    where
        snomed_ct_concept_id > 0
        and length(target_code) between 6 and 18
        -- EMIS's own extension and the root concept are no national SNOMED CT
        and not regexp_matches(target_code, '1000006[01]0[0-9]$')
        and target_code <> '138875005'
    qualify row_number() over (
        partition by code_id, target_code
        order by lds_extracted_at desc, lds_load_sequence desc, lds_source_key asc
    ) = 1
),

renamed as (
    select
        'EMIS code id to SNOMED CT' as concept_map_name,
        lds_concept_id('urn:lds:emis:code-id', code_id) as source_concept_id,
        'urn:lds:emis:code-id' as source_system,
        cast(code_id as varchar) as source_code,
        trim(term) as source_display,
        lds_concept_id('http://snomed.info/sct', target_code) as target_concept_id,
        'http://snomed.info/sct' as target_system,
        target_code,
        cast(null as varchar) as target_display,
        case when snomed_ct_concept_id = newest_target then 'EQUIVALENT' else 'UNMATCHED' end
            as equivalence,
        cast(case when snomed_ct_concept_id = newest_target then 1 else 2 end as bigint)
            as equivalence_rank,
        coalesce(snomed_ct_concept_id = newest_target, false) as is_primary,
        false as lds_is_deleted,
        -- provenance
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from plausible
)

select * from renamed
