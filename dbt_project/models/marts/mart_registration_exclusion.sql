-- Grain: one row per practice and reason why episodes of care are no registrations of it.
with registration as (
    select * from {{ ref('int_registration__classified') }}
)

select
    cast(coalesce(practice_code, 'unknown') as varchar) as practice_code,
    cast(coalesce(exclusion_reason, 'counted') as varchar) as outcome,
    cast(count(*) as bigint) as episode_count
from registration
group by coalesce(practice_code, 'unknown'), coalesce(exclusion_reason, 'counted')
