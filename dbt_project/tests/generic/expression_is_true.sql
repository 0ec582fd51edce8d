{# Rows returned: one count of the rows the expression does not hold for, when there are any. #}
{% test expression_is_true(model, expression) %}
select count(*) as row_count
from {{ model }}
where not coalesce({{ expression }}, false)
having count(*) > 0
{% endtest %}
