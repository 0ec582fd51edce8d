-- Grain: one row per concept, with at most one SNOMED CT code it stands for.
-- Rule source: marts_spec A2: the concept's own code when it is SNOMED CT, else the recommended
-- map target (primary, then rank, then key), so that joins never fan out.
with concept as (
    select * from {{ ref('stg_concept') }}
),

concept_map as (
    select * from {{ ref('stg_concept_map') }}
),

ranked as (
    select
        source_concept_id,
        target_code,
        row_number() over (
            partition by source_concept_id
            order by
                case when is_primary then 0 else 1 end asc nulls last,
                equivalence_rank asc nulls last,
                target_concept_id asc nulls last,
                concept_map_name asc nulls last
        ) as preference
    from concept_map
    where
        target_system = 'http://snomed.info/sct'
        and target_code is not null
        and upper(coalesce(equivalence, '')) not in ('UNMATCHED', 'DISJOINT')
),

preferred as (
    select * from ranked
    where preference = 1
),

mapped as (
    select
        cast(concept.concept_id as varchar) as concept_id,
        cast(concept.system as varchar) as code_system,
        cast(concept.code as varchar) as code,
        cast(concept.display as varchar) as term,
        cast(
            case
                when concept.system = 'http://snomed.info/sct' then concept.code
                else preferred.target_code
            end as varchar
        ) as snomed_code
    from concept
    left join preferred on concept.concept_id = preferred.source_concept_id
)

select * from mapped
