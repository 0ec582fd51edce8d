{# The one place where a model touches the lake: views over the pinned release. #}
{% macro lake(table) -%}
    {{ return(adapter.dispatch('lake', 'lds_marts')(table)) }}
{%- endmacro %}

{% macro default__lake(table) -%}
    {{ return(source('release', table)) }}
{%- endmacro %}
