-- Grain: one row per observation of a counted patient and code cluster it belongs to.
-- Rule source: marts_spec A2; an event dated after its entry takes the entry's day, an event
-- without a date too. No date at all stays empty: a made-up early date would pollute "earliest".
with observation as (
    select * from {{ ref('stg_observation') }}
),

concept as (
    select * from {{ ref('int_concept__mapped') }}
),

code_list as (
    select * from {{ ref('int_code_list__expanded') }}
),

patient as (
    select * from {{ ref('int_patient__bridged') }}
    where is_counted
),

dated as (
    select
        id,
        patient_id,
        observation_source_concept_id,
        result_value,
        cast(date_recorded as date) as recorded_date,
        case
            when clinical_effective_date is null then cast(date_recorded as date)
            when clinical_effective_date > cast(date_recorded as date)
                then cast(date_recorded as date)
            else clinical_effective_date
        end as event_date
    from observation
),

clustered as (
    select
        cast(dated.id as varchar) as observation_id,
        cast(code_list.cluster_code as varchar) as cluster_code,
        cast(patient.person_id as varchar) as person_id,
        cast(patient.patient_id as varchar) as patient_id,
        cast(patient.practice_code as varchar) as practice_code,
        cast(code_list.snomed_code as varchar) as snomed_code,
        cast(code_list.code_key as varchar) as code_key,
        cast(dated.result_value as double) as result_value,
        cast(dated.event_date as date) as event_date,
        cast(coalesce(dated.recorded_date, dated.event_date) as date) as recorded_date
    from dated
    inner join concept on dated.observation_source_concept_id = concept.concept_id
    inner join code_list on concept.snomed_code = code_list.snomed_code
    inner join patient on dated.patient_id = patient.patient_id
)

select * from clustered
