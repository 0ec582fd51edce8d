-- Grain: one row per practice of London, or ever met: where it stands, and why.
with practice as (
    select * from {{ ref('int_practice__judged') }}
)

select
    cast(practice_code as varchar) as practice_code,
    cast(practice_name as varchar) as practice_name,
    cast(icb_code as varchar) as icb_code,
    cast(icb_name as varchar) as icb_name,
    cast(supplier_code as varchar) as supplier_code,
    cast(list_size as bigint) as list_size,
    cast(list_size_carried as bigint) as list_size_carried,
    cast(is_counted as boolean) as is_counted,
    cast(verdict as varchar) as verdict,
    cast(reason as varchar) as reason,
    cast(next_action as varchar) as next_action,
    cast(owner_role as varchar) as owner_role,
    cast(since as date) as since,
    cast(shown_since as date) as shown_since
from practice
