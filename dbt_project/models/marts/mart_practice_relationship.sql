-- Grain: one row per practice, kind of tie and first day; of a kind no two rows share a day.
-- Rule source: governance specification S1: ties are dated and half-open.
with relationship as (
    select * from {{ ref('int_relationship__dated') }}
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
from relationship
