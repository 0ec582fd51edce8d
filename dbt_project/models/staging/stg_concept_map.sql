-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per concept map of the release, its current version.
with release as (
    select * from {{ lake('concept_map') }}
),

typed as (
    select
        cast(concept_map_name as varchar) as concept_map_name,
        cast(source_concept_id as varchar) as source_concept_id,
        cast(source_system as varchar) as source_system,
        cast(source_code as varchar) as source_code,
        cast(source_display as varchar) as source_display,
        cast(target_concept_id as varchar) as target_concept_id,
        cast(target_system as varchar) as target_system,
        cast(target_code as varchar) as target_code,
        cast(target_display as varchar) as target_display,
        cast(equivalence as varchar) as equivalence,
        cast(equivalence_rank as bigint) as equivalence_rank,
        cast(is_primary as boolean) as is_primary
    from release
)

select * from typed
