-- Grain: one row per person with a counted patient and an address.
-- Rule source: marts_spec A1: open before ended, newest start, newest extraction, then the key.
with bridge as (
    select * from {{ ref('int_patient__bridged') }}
    where is_counted
),

address as (
    select * from {{ ref('stg_patient_address') }}
),

ranked as (
    select
        bridge.person_id,
        upper(replace(address.postcode, ' ', '')) as postcode,
        row_number() over (
            partition by bridge.person_id
            order by
                case when address.end_date is null then 0 else 1 end asc nulls last,
                address.start_date desc nulls last,
                address.source_extraction_date desc nulls last,
                address.id asc nulls last
        ) as preference
    from address
    inner join bridge on address.patient_id = bridge.patient_id
),

located as (
    select
        cast(person_id as varchar) as person_id,
        cast(
            case
                when length(postcode) between 5 and 7
                    then substr(postcode, 1, length(postcode) - 3)
            end as varchar
        ) as postcode_district
    from ranked
    where preference = 1
)

select * from located
