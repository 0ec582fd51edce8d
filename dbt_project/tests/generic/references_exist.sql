{# Rows returned: references whose share of values without a parent exceeds `orphans_at_most`.
   The model is read once, however many references it has. #}
{% test references_exist(model, references, orphans_at_most=0) %}
{%- set parents = [] -%}
{%- for reference in references -%}
    {%- set parent = (reference.parent, reference.key) -%}
    {%- if parent not in parents -%}{%- do parents.append(parent) -%}{%- endif -%}
{%- endfor %}
with child as (
    select {% for reference in references %}{{ reference.column }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ model }}
),

{% for parent, key in parents -%}
{{ parent }}_key as (
    select distinct {{ key }} as parent_key from {{ ref(parent) }}
),

{% endfor -%}
counted as (
    select
        {%- for reference in references %}
        sum(case when child.{{ reference.column }} is not null then 1 else 0 end)
            as reference_count_{{ loop.index }},
        sum(
            case
                when child.{{ reference.column }} is not null
                    and parent_{{ loop.index }}.parent_key is null then 1
                else 0
            end
        ) as orphan_count_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from child
    {%- for reference in references %}
    left join {{ reference.parent }}_key as parent_{{ loop.index }}
        on child.{{ reference.column }} = parent_{{ loop.index }}.parent_key
    {%- endfor %}
)

{% for reference in references -%}
select
    '{{ reference.column }}' as column_name,
    reference_count_{{ loop.index }} as reference_count,
    orphan_count_{{ loop.index }} as orphan_count
from counted
where
    orphan_count_{{ loop.index }}
    > cast({{ orphans_at_most }} as double) * reference_count_{{ loop.index }}
{{ 'union all' if not loop.last }}
{% endfor %}
{% endtest %}
