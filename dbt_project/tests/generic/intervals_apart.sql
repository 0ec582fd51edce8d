{# Rows returned: one count of the rows that still hold on the first day of the next of their keys. #}
{% test intervals_apart(model, columns, begins, ends) %}
with followed as (
    select
        {{ ends }} as ends,
        lead({{ begins }}) over (
            partition by {{ columns | join(', ') }}
            order by {{ begins }} asc nulls last
        ) as next_begins
    from {{ model }}
)

select count(*) as row_count
from followed
where next_begins is not null and (ends is null or ends > next_begins)
having count(*) > 0
{% endtest %}
