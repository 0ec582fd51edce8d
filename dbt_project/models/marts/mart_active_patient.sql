-- Grain: one row per person: registered today and where, or the reason why not.
with person as (
    select * from {{ ref('int_person__registered') }}
)

select
    cast(person_id as varchar) as person_id,
    cast(is_active as boolean) as is_active,
    cast(inactive_reason as varchar) as inactive_reason,
    cast(registration_id as varchar) as registration_id,
    cast(practice_code as varchar) as practice_code,
    cast(latest_practice_code as varchar) as latest_practice_code,
    cast(registered_date as date) as registered_date,
    cast(is_deceased as boolean) as is_deceased,
    cast(is_spine_sensitive as boolean) as is_spine_sensitive,
    cast(patient_count as bigint) as patient_count
from person
