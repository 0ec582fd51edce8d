-- Grain: one row per practice of the published register or publishing in the release.
with register as (
    select * from {{ ref('stg_practice_register') }}
),

patient as (
    select * from {{ ref('stg_patient') }}
),

organisation as (
    select * from {{ ref('stg_organisation') }}
),

publisher as (
    select
        publisher_organisation_code as practice_code,
        count(*) as patient_record_count
    from patient
    where publisher_organisation_code is not null
    group by publisher_organisation_code
),

known as (
    select practice_code from register
    union
    select practice_code from publisher
),

ranked as (
    select
        upper(trim(organisation_code)) as practice_code,
        id as organisation_id,
        name as organisation_name,
        row_number() over (
            partition by upper(trim(organisation_code))
            order by
                case when is_obsolete then 1 else 0 end asc nulls last,
                source_extraction_date desc nulls last,
                id asc nulls last
        ) as preference
    from organisation
),

described as (
    select
        cast(known.practice_code as varchar) as practice_code,
        cast(ranked.organisation_id as varchar) as organisation_id,
        cast(coalesce(register.practice_name, ranked.organisation_name) as varchar)
            as practice_name,
        cast(register.icb_code as varchar) as icb_code,
        cast(register.icb_name as varchar) as icb_name,
        cast(register.sub_icb_code as varchar) as sub_icb_code,
        cast(register.pcn_code as varchar) as pcn_code,
        cast(register.pcn_name as varchar) as pcn_name,
        cast(register.supplier_code as varchar) as supplier_code,
        cast(register.postcode as varchar) as postcode,
        cast(register.practice_status as varchar) as practice_status,
        cast(register.list_size as bigint) as list_size,
        cast(coalesce(register.list_size_carried, 0) as bigint) as list_size_carried,
        -- who publishes and is on no register is told, under no board
        cast(coalesce(register.is_counted, true) as boolean) as is_counted,
        cast(register.practice_code is not null as boolean) as is_on_register,
        cast(publisher.practice_code is not null as boolean) as is_publishing,
        cast(coalesce(publisher.patient_record_count, 0) as bigint) as patient_record_count
    from known
    left join register on known.practice_code = register.practice_code
    left join publisher on known.practice_code = publisher.practice_code
    left join ranked
        on known.practice_code = ranked.practice_code and ranked.preference = 1
)

select * from described
