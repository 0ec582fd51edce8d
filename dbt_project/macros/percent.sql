{# Part of a whole in percent, one decimal; empty when there is no whole. Decimals on both sides:
   engines divide whole numbers differently. #}
{% macro percent(part, whole) -%}
    case
        when {{ whole }} > 0
            then cast(
                cast({{ part }} as decimal(18, 4)) * 100
                / cast({{ whole }} as decimal(18, 4)) as decimal(9, 1)
            )
    end
{%- endmacro %}
