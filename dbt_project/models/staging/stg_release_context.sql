-- Grain: one row, the release the marts are built from and the day they are read as of.
with release as (
    select * from {{ lake('release_context') }}
),

typed as (
    select
        cast(release_id as varchar) as release_id,
        cast(as_of as date) as as_of,
        cast(register_version as varchar) as register_version
    from release
)

select * from typed
