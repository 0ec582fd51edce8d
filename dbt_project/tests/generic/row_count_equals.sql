{# Rows returned: both row counts, when the model has more or fewer rows than its parent. #}
{% test row_count_equals(model, parent) %}
with own as (
    select count(*) as row_count from {{ model }}
),

other as (
    select count(*) as parent_count from {{ ref(parent) }}
)

select *
from own
cross join other
where own.row_count <> other.parent_count
{% endtest %}
