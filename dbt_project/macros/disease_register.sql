{# A disease register: the people of one row of seeds/marts/register_definition.csv.
   Grain: one row per person on the register. `columns` adds columns of int_register__assessed. #}
{% macro disease_register(register_code, columns=[]) -%}
with assessed as (
    select * from {{ ref('int_register__assessed') }}
    where register_code = '{{ register_code }}' and is_on_register
)

select
    cast(person_id as varchar) as person_id,
    cast(practice_code as varchar) as practice_code,
    cast(age_years as integer) as age_years,
    cast(is_on_register as boolean) as is_on_register,
    cast(earliest_diagnosis_date as date) as earliest_diagnosis_date,
    cast(latest_diagnosis_date as date) as latest_diagnosis_date,
    cast(latest_resolved_date as date) as latest_resolved_date,
    {%- for column, expression in columns %}
    cast({{ expression }} as varchar) as {{ column }},
    {%- endfor %}
    cast(is_active as boolean) as is_active,
    cast(is_deceased as boolean) as is_deceased
from assessed
{%- endmacro %}
