-- Grain: one row per code that records name, with what it maps to and how many records have it.
with used as (
    select * from {{ ref('int_concept__used') }}
),

concept as (
    select * from {{ ref('int_concept__assessed') }}
),

counted as (
    select
        concept_id,
        sum(record_count) as record_count,
        count(distinct practice_code) as practice_count
    from used
    group by concept_id
)

select
    cast(concept.concept_id as varchar) as concept_id,
    cast(coalesce(concept.code_system, 'unknown') as varchar) as code_system,
    cast(concept.code as varchar) as code,
    cast(concept.term as varchar) as term,
    cast(concept.target_code as varchar) as target_code,
    cast(concept.target_term as varchar) as target_term,
    cast(concept.mapping_state as varchar) as mapping_state,
    cast(counted.record_count as bigint) as record_count,
    cast(counted.practice_count as bigint) as practice_count
from concept
inner join counted on concept.concept_id = counted.concept_id
