-- Grain: one row per episode of care, with the reason why it is no registration of its practice.
-- Rule source: marts_spec A1, registrations 1 to 3, in the order of the reasons below.
-- An end before the start is no end, so an episode "left" with such an end has no end either.
with episode as (
    select * from {{ ref('int_registration__ended') }}
),

patient as (
    select * from {{ ref('int_patient__bridged') }}
),

concept as (
    select * from {{ ref('int_concept__mapped') }}
),

meaning as (
    select * from {{ ref('concept_meaning') }}
),

named as (
    select
        episode.*,
        patient.person_id,
        patient.is_counted,
        -- one supplier's history tells no type of earlier registrations: missing is not unknown
        case
            when coalesce(type_concept.code, episode.type_text) is null then 'missing'
            else coalesce(type_meaning.meaning, 'unknown')
        end as registration_type,
        coalesce(status_meaning.meaning, 'unknown') as registration_status
    from episode
    left join patient on episode.patient_id = patient.patient_id
    left join concept as type_concept on episode.type_concept_id = type_concept.concept_id
    left join meaning as type_meaning
        on
            type_meaning.subject = 'registration_type'
            and lower(trim(coalesce(type_concept.code, episode.type_text)))
            = type_meaning.source_text
    left join concept as status_concept on episode.status_concept_id = status_concept.concept_id
    left join meaning as status_meaning
        on
            status_meaning.subject = 'registration_status'
            and lower(trim(coalesce(status_concept.code, episode.status_text)))
            = status_meaning.source_text
),

judged as (
    select
        named.*,
        case
            when not coalesce(is_counted, false) then 'patient does not count'
            when practice_code is null then 'no practice'
            when start_date is null then 'no start'
            when registration_type = 'missing' then 'no registration type'
            when registration_type <> 'regular' then 'not a regular registration'
            when managing_practice_code <> practice_code then 'registered elsewhere'
            when registration_status = 'left' and not has_recorded_end then 'left without an end'
            when is_begun_after_closing then 'begun after the practice closed'
        end as first_reason
    from named
),

numbered as (
    select
        judged.*,
        row_number() over (
            partition by
                person_id, practice_code, start_date, recorded_end_date,
                usual_gp_practitioner_in_role_id, first_reason
            order by registration_id asc nulls last
        ) as copy_number
    from judged
),

classified as (
    select
        cast(registration_id as varchar) as registration_id,
        cast(person_id as varchar) as person_id,
        cast(patient_id as varchar) as patient_id,
        cast(practice_code as varchar) as practice_code,
        cast(usual_gp_practitioner_in_role_id as varchar) as usual_gp_practitioner_in_role_id,
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date,
        cast(is_end_derived as boolean) as is_end_derived,
        cast(registration_type as varchar) as registration_type,
        cast(registration_status as varchar) as registration_status,
        cast(
            case
                when first_reason is null and copy_number > 1 then 'duplicate'
                else first_reason
            end as varchar
        ) as exclusion_reason
    from numbered
)

select * from classified
