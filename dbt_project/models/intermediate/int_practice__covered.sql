-- Grain: one row per practice: may it be loaded, does it deliver, how much of its list is here.
with context as (
    select as_of from {{ ref('int_release__dated') }}
),

practice as (
    select * from {{ ref('int_practice__described') }}
),

gate as (
    select * from {{ ref('stg_practice_gate') }}
),

band as (
    select * from {{ ref('coverage_band') }}
),

registered as (
    select
        practice_code,
        count(*) as registered_count
    from {{ ref('int_person__registered') }}
    where is_active
    group by practice_code
),

counted as (
    select
        practice.*,
        coalesce(gate.is_consented, false) as is_consented,
        coalesce(gate.is_delivering, false) as is_delivering,
        gate.primary_reason,
        gate.last_extract_at,
        gate.coverage_ends_date,
        gate.practice_change,
        coalesce(gate.coverage_ends_date <= context.as_of, false) as has_ended,
        coalesce(registered.registered_count, 0) as registered_count,
        {{ percent('coalesce(registered.registered_count, 0)', 'practice.list_size') }}
            as coverage_percent,
        {{ days_between('cast(gate.last_extract_at as date)', 'context.as_of') }}
            as last_extract_age_days
    from practice
    cross join context
    left join gate on practice.practice_code = gate.practice_code
    left join registered on practice.practice_code = registered.practice_code
),

covered as (
    select
        cast(counted.practice_code as varchar) as practice_code,
        cast(counted.practice_name as varchar) as practice_name,
        cast(counted.icb_code as varchar) as icb_code,
        cast(counted.icb_name as varchar) as icb_name,
        cast(counted.supplier_code as varchar) as supplier_code,
        cast(counted.is_consented as boolean) as is_consented,
        cast(counted.is_delivering as boolean) as is_delivering,
        cast(counted.is_publishing as boolean) as is_publishing,
        cast(counted.primary_reason as varchar) as primary_reason,
        cast(counted.last_extract_at as timestamp) as last_extract_at,
        cast(counted.last_extract_age_days as integer) as last_extract_age_days,
        cast(counted.coverage_ends_date as date) as coverage_ends_date,
        cast(counted.practice_change as varchar) as practice_change,
        cast(counted.list_size as bigint) as list_size,
        cast(counted.list_size_carried as bigint) as list_size_carried,
        cast(counted.is_counted as boolean) as is_counted,
        cast(counted.patient_record_count as bigint) as patient_record_count,
        cast(counted.registered_count as bigint) as registered_count,
        cast(counted.coverage_percent as decimal(9, 1)) as coverage_percent,
        cast(
            case
                -- frozen, or succeeded and shown for its records alone
                when counted.has_ended then 'coverage ended'
                when not counted.is_counted then 'not open'
                when not counted.is_consented then 'not consented'
                when not counted.is_publishing then 'no data'
                else coalesce(band.coverage_band, 'no list size')
            end as varchar
        ) as coverage_state
    from counted
    left join band
        on
            counted.coverage_percent >= band.from_percent
            and (band.to_percent is null or counted.coverage_percent < band.to_percent)
)

select * from covered
