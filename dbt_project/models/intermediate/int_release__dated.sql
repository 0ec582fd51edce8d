-- Grain: one row, the day every model reads the release as of. No model calls the clock.
with context as (
    select * from {{ ref('stg_release_context') }}
),

dated as (
    select
        cast(release_id as varchar) as release_id,
        cast(as_of as date) as as_of,
        cast(register_version as varchar) as register_version
    from context
)

select * from dated
