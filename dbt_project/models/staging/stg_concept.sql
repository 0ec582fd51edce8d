-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per concept of the release, its current version.
with release as (
    select * from {{ lake('concept') }}
),

typed as (
    select
        cast(concept_id as varchar) as concept_id,
        cast(code as varchar) as code,
        cast(display as varchar) as display,
        cast(system as varchar) as system,
        cast(present_in_terminology_server as boolean) as present_in_terminology_server,
        cast(is_mapped as boolean) as is_mapped,
        cast(use_count as bigint) as use_count
    from release
)

select * from typed
