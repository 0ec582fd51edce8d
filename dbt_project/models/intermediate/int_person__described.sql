-- Grain: one row per person with a counted patient: birth and gender.
-- Rule source: marts_spec A1: the most exact birth date wins, the national record before the
-- practice's, then the newest. The middle of the month stands in for a missing day, 1 July for a
-- missing month.
with bridge as (
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

concept as (
    select * from {{ ref('int_concept__mapped') }}
),

meaning as (
    select * from {{ ref('concept_meaning') }}
),

said as (
    select
        person.id as person_id,
        1 as source_rank,
        person.id as source_id,
        person.date_of_birth as birth_date,
        person.date_of_birth_year as birth_year,
        person.date_of_birth_month as birth_month,
        meaning.meaning as gender,
        person.source_extraction_date
    from person
    inner join counted on person.id = counted.person_id
    left join meaning
        on
            meaning.subject = 'pds_gender'
            and lower(trim(person.gender)) = meaning.source_text
    union all
    select
        bridge.person_id,
        2 as source_rank,
        patient.id as source_id,
        patient.birth_date,
        patient.birth_year,
        patient.birth_month,
        meaning.meaning as gender,
        patient.source_extraction_date
    from bridge
    inner join patient on bridge.patient_id = patient.id
    left join concept on patient.gender_source_concept_id = concept.concept_id
    left join meaning
        on
            meaning.subject = 'gender'
            and lower(trim(concept.code)) = meaning.source_text
),

ranked as (
    select
        person_id,
        gender,
        birth_date is null as is_approximate,
        coalesce(
            birth_date,
            {{ day_of('birth_year', 'coalesce(birth_month, 7)',
                'case when birth_month is null then 1 else 15 end') }}
        ) as birth_date,
        row_number() over (
            partition by person_id
            order by
                case
                    when birth_date is not null then 0
                    when birth_month is not null then 1
                    when birth_year is not null then 2
                    else 3
                end asc nulls last,
                source_rank asc nulls last,
                source_extraction_date desc nulls last,
                source_id asc nulls last
        ) as birth_preference,
        row_number() over (
            partition by person_id
            order by
                case
                    when gender is null then 2
                    when gender = 'unknown' then 1
                    else 0
                end asc nulls last,
                source_rank asc nulls last,
                source_extraction_date desc nulls last,
                source_id asc nulls last
        ) as gender_preference
    from said
),

described as (
    select
        cast(birth.person_id as varchar) as person_id,
        cast(birth.birth_date as date) as birth_date,
        cast(birth.is_approximate as boolean) as is_birth_date_approximate,
        cast(coalesce(sex.gender, 'unknown') as varchar) as gender
    from ranked as birth
    inner join ranked as sex on birth.person_id = sex.person_id
    where birth.birth_preference = 1 and sex.gender_preference = 1
)

select * from described
