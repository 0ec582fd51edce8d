-- Grain: one row per person with an ethnicity on record.
-- Rule source: marts_spec A1: known before unknown or refused, then the more specific, then the
-- newest, then the key.
with sighting as (
    select * from {{ ref('int_observation__clustered') }}
    where cluster_code = 'ETH_COD'
),

category as (
    select * from {{ ref('ethnicity_category') }}
),

context as (
    select as_of from {{ ref('int_release__dated') }}
),

ranked as (
    select
        sighting.person_id,
        category.category,
        category.subcategory,
        sighting.event_date,
        row_number() over (
            partition by sighting.person_id
            order by
                case when category.is_known then 0 else 1 end asc nulls last,
                category.preference_rank asc nulls last,
                sighting.event_date desc nulls last,
                sighting.observation_id asc nulls last
        ) as preference
    from sighting
    inner join category on sighting.code_key = category.code_key
    cross join context
    where coalesce(sighting.event_date <= context.as_of, true)
),

chosen as (
    select
        cast(person_id as varchar) as person_id,
        cast(category as varchar) as ethnic_category,
        cast(subcategory as varchar) as ethnic_subcategory,
        cast(event_date as date) as ethnicity_recorded_date
    from ranked
    where preference = 1
)

select * from chosen
