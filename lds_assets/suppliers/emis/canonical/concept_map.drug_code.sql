-- Grain: one row per drug code of EMIS and SNOMED CT code it stands or once stood for.
-- The newest target is the one to use; a target given up stays, marked as no match.
-- Rule source: emis_to_olids.csv; at most one primary target per code, olids rules 5.
with version as (
    select
        *,
        cast(dmd_product_code_id as varchar) as target_code,
        first_value(dmd_product_code_id) over (
            partition by code_id
            order by lds_extracted_at desc, lds_load_sequence desc, lds_source_key asc
        ) as newest_target
    from raw_all.coding_drug_code
    where code_id is not null
),

plausible as (
    select * from version
    where
        dmd_product_code_id > 0
        and length(target_code) between 6 and 18
        -- EMIS's own drug extension is no dm+d
        and not regexp_matches(target_code, '1000033[01]0[0-9]$')
    qualify row_number() over (
        partition by code_id, target_code
        order by lds_extracted_at desc, lds_load_sequence desc, lds_source_key asc
    ) = 1
),

renamed as (
    select
        'EMIS drug code id to dm+d' as concept_map_name,
        lds_concept_id('urn:lds:emis:drug-code-id', code_id) as source_concept_id,
        'urn:lds:emis:drug-code-id' as source_system,
        cast(code_id as varchar) as source_code,
        trim(term) as source_display,
        lds_concept_id('http://snomed.info/sct', target_code) as target_concept_id,
        'http://snomed.info/sct' as target_system,
        target_code,
        cast(null as varchar) as target_display,
        case when dmd_product_code_id = newest_target then 'EQUIVALENT' else 'UNMATCHED' end
            as equivalence,
        cast(case when dmd_product_code_id = newest_target then 1 else 2 end as bigint)
            as equivalence_rank,
        coalesce(dmd_product_code_id = newest_target, false) as is_primary,
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
