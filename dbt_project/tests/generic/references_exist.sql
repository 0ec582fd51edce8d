{# Rows returned: references whose share of values without a parent exceeds `orphans_at_most`. #}
{% test references_exist(model, references, orphans_at_most=0) %}
{% for reference in references %}
select
    '{{ reference.column }}' as column_name,
    count(*) as reference_count,
    sum(case when parent.parent_key is null then 1 else 0 end) as orphan_count
from {{ model }} as child
left join (
    select distinct {{ reference.key }} as parent_key from {{ ref(reference.parent) }}
) as parent on child.{{ reference.column }} = parent.parent_key
where child.{{ reference.column }} is not null
having
    sum(case when parent.parent_key is null then 1 else 0 end)
    > cast({{ orphans_at_most }} as double) * count(*)
{{ 'union all' if not loop.last }}
{% endfor %}
{% endtest %}
