-- Grain: one row per complete month the marts look back on; the newest ends on or before the day.
{% set months = var('list_size_months') | int %}
with context as (
    select as_of from {{ ref('int_release__dated') }}
),

number as (
    {{ numbers_below(months + 1) }}
),

month as (
    select
        context.as_of,
        number.n,
        {{ month_end(add_months(month_start('context.as_of'), '-number.n')) }} as month_end
    from number
    cross join context
),

spined as (
    select
        cast({{ month_start('month_end') }} as date) as month_start,
        cast(month_end as date) as month_end
    from month
    where
        month_end <= as_of
        -- a day that ends a month completes it, so one month less is taken from the far end
        and n < {{ months }} + case when as_of = {{ month_end('as_of') }} then 0 else 1 end
)

select * from spined
