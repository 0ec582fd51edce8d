-- Grain: one row per practice the governance register knows, as the gate sees it.
with release as (
    select * from {{ lake('practice_gate') }}
),

typed as (
    select
        cast(practice_code as varchar) as practice_code,
        cast(supplier_code as varchar) as supplier_code,
        cast(is_consented as boolean) as is_consented,
        cast(is_delivering as boolean) as is_delivering,
        cast(primary_reason as varchar) as primary_reason,
        cast(last_extract_at as timestamp) as last_extract_at,
        cast(coverage_ends_date as date) as coverage_ends_date,
        cast(practice_change as varchar) as practice_change
    from release
)

select * from typed
