-- Grain: one row per episode of care, with the day it ended.
-- Rule source: marts_spec A1, registration 3: an end before the start is no end; governance
-- specification S16: from its closing day on nobody is registered at a practice, whatever it
-- recorded. Rows of the release stay as they are; is_end_derived marks the day told here.
with episode as (
    select * from {{ ref('stg_episode_of_care') }}
),

practice as (
    select * from {{ ref('stg_practice_register') }}
),

named as (
    select
        episode.id as registration_id,
        episode.patient_id,
        episode.publisher_organisation_code as practice_code,
        coalesce(episode.managing_organisation_code, episode.publisher_organisation_code)
            as managing_practice_code,
        episode.usual_gp_practitioner_in_role_id,
        episode.episode_type_source_concept_id as type_concept_id,
        episode.type as type_text,
        episode.episode_status_source_concept_id as status_concept_id,
        episode.status as status_text,
        episode.episode_of_care_start_date as start_date,
        episode.episode_of_care_end_date as recorded_end_date,
        case
            when episode.episode_of_care_end_date >= episode.episode_of_care_start_date
                then episode.episode_of_care_end_date
        end as own_end_date,
        practice.closed_date
    from episode
    left join practice on episode.publisher_organisation_code = practice.practice_code
),

judged as (
    select
        named.*,
        own_end_date is not null as has_recorded_end,
        coalesce(start_date >= closed_date, false) as is_begun_after_closing,
        coalesce(
            start_date < closed_date and (own_end_date is null or own_end_date > closed_date),
            false
        ) as is_end_derived
    from named
),

ended as (
    select
        judged.*,
        case when is_end_derived then closed_date else own_end_date end as end_date
    from judged
),

typed as (
    select
        cast(registration_id as varchar) as registration_id,
        cast(patient_id as varchar) as patient_id,
        cast(practice_code as varchar) as practice_code,
        cast(managing_practice_code as varchar) as managing_practice_code,
        cast(usual_gp_practitioner_in_role_id as varchar) as usual_gp_practitioner_in_role_id,
        cast(type_concept_id as varchar) as type_concept_id,
        cast(type_text as varchar) as type_text,
        cast(status_concept_id as varchar) as status_concept_id,
        cast(status_text as varchar) as status_text,
        cast(start_date as date) as start_date,
        cast(recorded_end_date as date) as recorded_end_date,
        cast(end_date as date) as end_date,
        cast(has_recorded_end as boolean) as has_recorded_end,
        cast(is_end_derived as boolean) as is_end_derived,
        cast(is_begun_after_closing as boolean) as is_begun_after_closing
    from ended
)

select * from typed
