-- Grain: one row per concept of the release that the loaded terminology knows; none without one.
with release as (
    select * from {{ lake('concept_status') }}
),

typed as (
    select
        cast(concept_id as varchar) as concept_id,
        cast(is_active as boolean) as is_active
    from release
)

select * from typed
