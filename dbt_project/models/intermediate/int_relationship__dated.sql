-- Grain: one row per practice, kind of tie and first day, with the day the release is read as of.
with context as (
    select as_of from {{ ref('int_release__dated') }}
),

relationship as (
    select * from {{ ref('stg_practice_relationship') }}
),

dated as (
    select
        relationship.*,
        relationship.valid_from_date <= context.as_of
        and (
            relationship.valid_to_date is null or relationship.valid_to_date > context.as_of
        ) as is_current
    from relationship
    cross join context
)

select
    cast(practice_code as varchar) as practice_code,
    cast(relationship_kind as varchar) as relationship_kind,
    cast(target_code as varchar) as target_code,
    cast(target_name as varchar) as target_name,
    cast(valid_from_date as date) as valid_from_date,
    cast(valid_to_date as date) as valid_to_date,
    cast(is_current as boolean) as is_current,
    cast(source_text as varchar) as source_text
from dated
