{# Rows returned: key values that are missing or occur more than once, as a count without values. #}
{% test unique_key(model, columns) %}
with keyed as (
    select
        case when {% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %}
            then 1 else 0 end as is_missing,
        {% for column in columns %}{{ column }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ model }}
)

select
    max(is_missing) as is_missing,
    count(*) as row_count
from keyed
group by {% for column in columns %}{{ column }}{{ ', ' if not loop.last }}{% endfor %}
having count(*) > 1 or max(is_missing) = 1
{% endtest %}
