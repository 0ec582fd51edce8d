-- Grain: one row per integrated care board, 'unknown' for practices without one on the day.
-- Rule source: governance specification S16, S20: practices that count on the day, each list once.
with practice as (
    select * from {{ ref('int_practice__covered') }}
    where is_counted
),

counted as (
    select
        coalesce(icb_code, 'unknown') as icb_code,
        max(icb_name) as icb_name,
        count(*) as practice_count,
        sum(case when is_consented then 1 else 0 end) as consented_count,
        sum(case when is_delivering then 1 else 0 end) as delivering_count,
        sum(case when is_publishing then 1 else 0 end) as publishing_count,
        sum(coalesce(list_size, 0)) as list_size,
        sum(list_size_carried) as list_size_carried,
        sum(case when is_publishing then coalesce(list_size, 0) else 0 end)
            as publishing_list_size,
        sum(registered_count) as registered_count
    from practice
    group by coalesce(icb_code, 'unknown')
)

select
    cast(icb_code as varchar) as icb_code,
    cast(icb_name as varchar) as icb_name,
    cast(practice_count as bigint) as practice_count,
    cast(consented_count as bigint) as consented_count,
    cast(delivering_count as bigint) as delivering_count,
    cast(publishing_count as bigint) as publishing_count,
    cast(list_size as bigint) as list_size,
    cast(list_size_carried as bigint) as list_size_carried,
    cast(publishing_list_size as bigint) as publishing_list_size,
    cast(registered_count as bigint) as registered_count,
    cast({{ percent('consented_count', 'practice_count') }} as decimal(9, 1))
        as consented_percent,
    cast({{ percent('registered_count', 'list_size') }} as decimal(9, 1)) as coverage_percent
from counted
