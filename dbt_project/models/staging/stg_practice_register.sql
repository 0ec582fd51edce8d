-- Grain: one row per London practice of the published register.
with release as (
    select * from {{ lake('practice_register') }}
),

typed as (
    select
        cast(practice_code as varchar) as practice_code,
        cast(name as varchar) as practice_name,
        cast(icb_code as varchar) as icb_code,
        cast(icb_name as varchar) as icb_name,
        cast(sub_icb_code as varchar) as sub_icb_code,
        cast(pcn_code as varchar) as pcn_code,
        cast(pcn_name as varchar) as pcn_name,
        cast(supplier_code as varchar) as supplier_code,
        cast(list_size as bigint) as list_size,
        cast(list_size_carried as bigint) as list_size_carried,
        cast(is_counted as boolean) as is_counted,
        cast(postcode as varchar) as postcode,
        cast(status as varchar) as practice_status,
        cast(closed_date as date) as closed_date
    from release
)

select * from typed
