-- Grain: one row per integrated care board, verdict and first reason.
with practice as (
    select * from {{ ref('int_practice__judged') }}
    where is_counted
),

counted as (
    select
        coalesce(icb_code, 'unknown') as icb_code,
        verdict,
        coalesce(reason, 'none') as reason,
        max(icb_name) as icb_name,
        max(owner_role) as owner_role,
        count(*) as practice_count,
        sum(coalesce(list_size, 0)) as list_size,
        sum(list_size_carried) as list_size_carried
    from practice
    group by coalesce(icb_code, 'unknown'), verdict, coalesce(reason, 'none')
)

select
    cast(icb_code as varchar) as icb_code,
    cast(icb_name as varchar) as icb_name,
    cast(verdict as varchar) as verdict,
    cast(reason as varchar) as reason,
    cast(owner_role as varchar) as owner_role,
    cast(practice_count as bigint) as practice_count,
    cast(list_size as bigint) as list_size,
    cast(list_size_carried as bigint) as list_size_carried
from counted
