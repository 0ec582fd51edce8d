-- Grain: one row per practice, kind of tie and first day.
with release as (
    select * from {{ lake('practice_relationship') }}
),

typed as (
    select
        cast(practice_code as varchar) as practice_code,
        cast(kind as varchar) as relationship_kind,
        cast(target_code as varchar) as target_code,
        cast(target_name as varchar) as target_name,
        cast(valid_from as date) as valid_from_date,
        cast(valid_to as date) as valid_to_date,
        cast(source as varchar) as source_text
    from release
)

select * from typed
