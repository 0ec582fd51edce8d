{# Rows returned: the row count, when it is not the expected one. #}
{% test row_count_is(model, row_count) %}
select count(*) as row_count
from {{ model }}
having count(*) <> {{ row_count }}
{% endtest %}
