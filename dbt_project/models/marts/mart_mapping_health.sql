-- Grain: one row per practice, code system and state of mapping.
-- Rule source: olids rules 5: codes without a sound target are counted and shown, never dropped.
with used as (
    select * from {{ ref('int_concept__used') }}
),

concept as (
    select * from {{ ref('int_concept__assessed') }}
),

counted as (
    select
        used.practice_code,
        coalesce(concept.code_system, 'unknown') as code_system,
        concept.mapping_state,
        sum(used.record_count) as record_count,
        count(distinct used.concept_id) as code_count
    from used
    inner join concept on used.concept_id = concept.concept_id
    group by
        used.practice_code,
        coalesce(concept.code_system, 'unknown'),
        concept.mapping_state
),

whole as (
    select
        practice_code,
        code_system,
        sum(record_count) as record_count
    from counted
    group by practice_code, code_system
)

select
    cast(counted.practice_code as varchar) as practice_code,
    cast(counted.code_system as varchar) as code_system,
    cast(counted.mapping_state as varchar) as mapping_state,
    cast(counted.record_count as bigint) as record_count,
    cast(counted.code_count as bigint) as code_count,
    cast({{ percent('counted.record_count', 'whole.record_count') }} as decimal(9, 1))
        as record_percent
from counted
inner join whole
    on
        counted.practice_code = whole.practice_code
        and counted.code_system = whole.code_system
