{# Rows returned: key values that are missing or occur more than once, as a count without values. #}
{% test unique_key(model, columns) %}
{%- set key = columns | join(', ') %}
select
    case when {{ columns | join(' is null or ') }} is null then 1 else 0 end as is_missing,
    count(*) as row_count
from {{ model }}
group by {{ key }}
having count(*) > 1 or {{ columns | join(' is null or ') }} is null
{% endtest %}
