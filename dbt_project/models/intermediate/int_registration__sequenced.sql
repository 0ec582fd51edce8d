-- Grain: one row per registration of a person, in the order they began.
-- Rule source: marts_spec A1, registrations 4 to 6. Half-open: the end day is no day of the list.
with context as (
    select as_of from {{ ref('int_release__dated') }}
),

registration as (
    select * from {{ ref('int_registration__classified') }}
    where exclusion_reason is null
),

deceased as (
    select * from {{ ref('int_person__deceased') }}
),

judged as (
    select
        registration.*,
        context.as_of,
        deceased.death_date,
        coalesce(deceased.death_date <= context.as_of, false) as is_deceased,
        registration.start_date <= context.as_of
        and coalesce(registration.end_date > context.as_of, true) as is_open,
        coalesce(
            deceased.death_date <= context.as_of
            and deceased.death_date >= registration.start_date
            and (registration.end_date is null or deceased.death_date < registration.end_date),
            false
        ) as is_ended_by_death
    from registration
    cross join context
    left join deceased on registration.person_id = deceased.person_id
),

ended as (
    select
        judged.*,
        is_open and not is_deceased as is_current,
        case
            when is_ended_by_death then death_date
            when end_date <= as_of then end_date
        end as effective_end_date
    from judged
),

sequenced as (
    select
        ended.*,
        row_number() over (
            partition by person_id
            order by start_date asc nulls last, registration_id asc nulls last
        ) as registration_sequence,
        count(*) over (partition by person_id) as registration_count,
        lag(practice_code) over (
            partition by person_id
            order by start_date asc nulls last, registration_id asc nulls last
        ) as previous_practice_code,
        lag(effective_end_date) over (
            partition by person_id
            order by start_date asc nulls last, registration_id asc nulls last
        ) as previous_end_date
    from ended
),

typed as (
    select
        cast(registration_id as varchar) as registration_id,
        cast(person_id as varchar) as person_id,
        cast(patient_id as varchar) as patient_id,
        cast(practice_code as varchar) as practice_code,
        cast(previous_practice_code as varchar) as previous_practice_code,
        cast(usual_gp_practitioner_in_role_id as varchar) as usual_gp_practitioner_in_role_id,
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date,
        cast(is_end_derived as boolean) as is_end_derived,
        cast(effective_end_date as date) as effective_end_date,
        cast(
            case
                when is_current then 'Active'
                when start_date > as_of then 'Not started'
                when is_ended_by_death or (is_deceased and end_date is null)
                    then 'Historical - Deceased'
                else 'Historical'
            end as varchar
        ) as registration_state,
        cast(is_current as boolean) as is_current,
        cast(registration_sequence = registration_count as boolean) as is_latest,
        cast(coalesce(practice_code <> previous_practice_code, false) as boolean)
            as has_changed_practice,
        cast(registration_sequence as bigint) as registration_sequence,
        cast(registration_count as bigint) as registration_count,
        case
            when start_date <= as_of
                then {{ days_between('start_date', 'coalesce(effective_end_date, as_of)') }}
        end as duration_days,
        case
            when {{ days_between('previous_end_date', 'start_date') }} > 1
                then {{ days_between('previous_end_date', 'start_date') }}
        end as gap_days
    from sequenced
)

select * from typed
