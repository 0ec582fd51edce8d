-- Grain: one row per practice and month end with anybody registered.
with list_size as (
    select * from {{ ref('int_list_size__counted') }}
)

select
    cast(practice_code as varchar) as practice_code,
    cast(month_end as date) as month_end,
    cast(patient_count as bigint) as patient_count,
    cast(registered_count as bigint) as registered_count
from list_size
