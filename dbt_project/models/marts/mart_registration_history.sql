-- Grain: one row per registration of a person at a practice.
with registration as (
    select * from {{ ref('int_registration__sequenced') }}
)

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
    cast(registration_state as varchar) as registration_state,
    cast(is_current as boolean) as is_current,
    cast(is_latest as boolean) as is_latest,
    cast(has_changed_practice as boolean) as has_changed_practice,
    cast(registration_sequence as bigint) as registration_sequence,
    cast(registration_count as bigint) as registration_count,
    cast(duration_days as integer) as duration_days,
    cast(gap_days as integer) as gap_days
from registration
