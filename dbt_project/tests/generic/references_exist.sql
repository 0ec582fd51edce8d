{# Rows returned: references whose share of values without a parent exceeds `orphans_at_most`.
   The model is read once, however many references it has; what it refers to is counted by value,
   so that neither its rows nor all keys of a large parent have to be held. #}
{% test references_exist(model, references, orphans_at_most=0) %}
with grouped as (
    select
        {%- for reference in references %}
        {{ reference.column }},
        grouping({{ reference.column }}) as is_other_{{ loop.index }},
        {%- endfor %}
        count(*) as row_count
    from {{ model }}
    group by grouping sets (
        {%- for reference in references %}
        ({{ reference.column }}){{ ',' if not loop.last }}
        {%- endfor %}
    )
),

referred as (
    select
        case
            {%- for reference in references %}
            when is_other_{{ loop.index }} = 0 then {{ loop.index }}
            {%- endfor %}
        end as reference,
        coalesce(
            {%- for reference in references %}
            {{ reference.column }}{{ ',' if not loop.last }}
            {%- endfor %}{{ ', null' if references | length == 1 }}
        ) as parent_key,
        row_count
    from grouped
),

counted as (
    {%- for reference in references %}
    select
        '{{ reference.column }}' as column_name,
        all_of.reference_count,
        all_of.reference_count - coalesce(known.reference_count, 0) as orphan_count
    from (
        select sum(row_count) as reference_count
        from referred
        where reference = {{ loop.index }} and parent_key is not null
    ) as all_of
    cross join (
        select sum(row_count) as reference_count
        from referred
        where
            reference = {{ loop.index }}
            and parent_key in (select {{ reference.key }} from {{ ref(reference.parent) }})
    ) as known
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from counted
where orphan_count > cast({{ orphans_at_most }} as double) * reference_count
{% endtest %}
