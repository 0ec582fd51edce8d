-- Grain: one row per person with a counted patient of whom any source says that they died.
-- Rule source: marts_spec A1: the national record beats the practice's; a year and month give the
-- middle of the month, a year alone 1 July (a death without a month must not read as alive).
with context as (
    select as_of from {{ ref('int_release__dated') }}
),

bridge as (
    select * from {{ ref('int_patient__bridged') }}
    where is_counted
),

counted as (
    select distinct person_id from bridge
),

patient as (
    select * from {{ ref('stg_patient') }}
),

person as (
    select * from {{ ref('stg_person') }}
),

said as (
    select
        person.id as person_id,
        1 as source_rank,
        'national' as death_source,
        person.id as source_id,
        person.date_of_death as death_date,
        person.date_of_death_year as death_year,
        person.date_of_death_month as death_month
    from person
    inner join counted on person.id = counted.person_id
    union all
    select
        bridge.person_id,
        2 as source_rank,
        'practice' as death_source,
        patient.id as source_id,
        patient.death_date,
        patient.death_year,
        patient.death_month
    from bridge
    inner join patient on bridge.patient_id = patient.id
),

approximated as (
    select
        said.*,
        context.as_of,
        {{ day_of('said.death_year', 'coalesce(said.death_month, 7)',
            'case when said.death_month is null then 1 else 15 end') }} as middle_date,
        {{ day_of('said.death_year', 'coalesce(said.death_month, 1)', '1') }} as first_date
    from said
    cross join context
    where said.death_date is not null or said.death_year is not null
),

ranked as (
    select
        person_id,
        death_source,
        death_date is null as is_approximate,
        case
            when death_date is not null then death_date
            -- the middle may lie ahead although the death has been recorded
            when first_date <= as_of and middle_date > as_of then as_of
            else middle_date
        end as death_date,
        row_number() over (
            partition by person_id
            order by
                source_rank asc nulls last,
                case when death_date is not null then 0 when death_month is not null then 1 else 2
                end asc nulls last,
                coalesce(death_date, middle_date) asc nulls last,
                source_id asc nulls last
        ) as preference
    from approximated
),

deceased as (
    select
        cast(person_id as varchar) as person_id,
        cast(death_date as date) as death_date,
        cast(is_approximate as boolean) as is_death_date_approximate,
        cast(death_source as varchar) as death_source
    from ranked
    where preference = 1
)

select * from deceased
