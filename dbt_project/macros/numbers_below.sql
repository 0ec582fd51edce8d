{# Select of the whole numbers 0 to `limit` - 1 as column n, in plain SQL of any engine. #}
{% macro numbers_below(limit) -%}
    {%- for number in range(limit) -%}
        select cast({{ number }} as integer) as n{{ ' union all ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
