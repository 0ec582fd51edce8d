{# Records of each practice by the concept one of their columns names. #}
{% macro concept_use(table, column) -%}
    select
        coalesce(publisher_organisation_code, 'unknown') as practice_code,
        '{{ table }}' as table_name,
        '{{ column }}' as column_name,
        {{ column }} as concept_id,
        count(*) as record_count
    from {{ ref('stg_' ~ table) }}
    where {{ column }} is not null
    group by coalesce(publisher_organisation_code, 'unknown'), {{ column }}
{%- endmacro %}
