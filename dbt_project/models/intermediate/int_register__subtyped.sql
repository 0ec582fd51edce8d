-- Grain: one row per register and person whose subtype is on record.
-- Rule source: marts_spec A3: the newest code tells, on one day the lower precedence wins.
with context as (
    select as_of from {{ ref('int_release__dated') }}
),

subtype as (
    select * from {{ ref('register_subtype') }}
),

event as (
    select clustered.*
    from {{ ref('int_observation__clustered') }} as clustered
    cross join context
    where clustered.event_date <= context.as_of and clustered.recorded_date <= context.as_of
),

ranked as (
    select
        subtype.register_code,
        subtype.subtype,
        event.person_id,
        row_number() over (
            partition by subtype.register_code, event.person_id
            order by
                event.event_date desc nulls last,
                subtype.precedence asc nulls last,
                event.observation_id asc nulls last
        ) as preference
    from subtype
    inner join event on subtype.cluster_code = event.cluster_code
),

subtyped as (
    select
        cast(register_code as varchar) as register_code,
        cast(person_id as varchar) as person_id,
        cast(subtype as varchar) as subtype
    from ranked
    where preference = 1
)

select * from subtyped
