-- Grain: one row per register and person with a diagnosis of its cluster known by the day.
-- Rule source: marts_spec A3: known by then means both the event and its entry lie on or before it.
with context as (
    select as_of from {{ ref('int_release__dated') }}
),

definition as (
    select * from {{ ref('register_definition') }}
),

event as (
    select clustered.*
    from {{ ref('int_observation__clustered') }} as clustered
    cross join context
    where clustered.event_date <= context.as_of and clustered.recorded_date <= context.as_of
),

diagnosis as (
    select
        definition.register_code,
        event.person_id,
        min(event.event_date) as earliest_diagnosis_date,
        max(event.event_date) as latest_diagnosis_date
    from definition
    inner join event on definition.inclusion_cluster = event.cluster_code
    where definition.diagnosed_from is null or event.event_date >= definition.diagnosed_from
    group by definition.register_code, event.person_id
),

resolution as (
    select
        definition.register_code,
        event.person_id,
        max(event.event_date) as latest_resolved_date
    from definition
    inner join event on definition.resolution_cluster = event.cluster_code
    group by definition.register_code, event.person_id
),

dated as (
    select
        cast(diagnosis.register_code as varchar) as register_code,
        cast(diagnosis.person_id as varchar) as person_id,
        cast(diagnosis.earliest_diagnosis_date as date) as earliest_diagnosis_date,
        cast(diagnosis.latest_diagnosis_date as date) as latest_diagnosis_date,
        cast(resolution.latest_resolved_date as date) as latest_resolved_date
    from diagnosis
    left join resolution
        on
            diagnosis.register_code = resolution.register_code
            and diagnosis.person_id = resolution.person_id
)

select * from dated
