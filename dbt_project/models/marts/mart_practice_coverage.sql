-- Grain: one row per practice: consent, delivery and patients against the published list size.
with practice as (
    select * from {{ ref('int_practice__covered') }}
)

select
    cast(practice_code as varchar) as practice_code,
    cast(practice_name as varchar) as practice_name,
    cast(icb_code as varchar) as icb_code,
    cast(icb_name as varchar) as icb_name,
    cast(supplier_code as varchar) as supplier_code,
    cast(is_consented as boolean) as is_consented,
    cast(is_delivering as boolean) as is_delivering,
    cast(is_publishing as boolean) as is_publishing,
    cast(primary_reason as varchar) as primary_reason,
    cast(last_extract_at as timestamp) as last_extract_at,
    cast(last_extract_age_days as integer) as last_extract_age_days,
    cast(coverage_ends_date as date) as coverage_ends_date,
    cast(practice_change as varchar) as practice_change,
    cast(list_size as bigint) as list_size,
    cast(list_size_carried as bigint) as list_size_carried,
    cast(is_counted as boolean) as is_counted,
    cast(patient_record_count as bigint) as patient_record_count,
    cast(registered_count as bigint) as registered_count,
    cast(coverage_percent as decimal(9, 1)) as coverage_percent,
    cast(coverage_state as varchar) as coverage_state
from practice
