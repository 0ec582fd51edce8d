{# Dates, only here: engines differ in names, month clamping and result types. All return DATE
   or INTEGER. Day counts and ages are of half-open intervals: the start day counts, the end not. #}

{% macro add_months(day, months) -%}
    {{ return(adapter.dispatch('add_months', 'lds_marts')(day, months)) }}
{%- endmacro %}

{% macro default__add_months(day, months) -%}
    cast({{ day }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}

{% macro spark__add_months(day, months) -%}
    cast(add_months({{ day }}, cast({{ months }} as integer)) as date)
{%- endmacro %}


{% macro days_between(first_day, last_day) -%}
    {{ return(adapter.dispatch('days_between', 'lds_marts')(first_day, last_day)) }}
{%- endmacro %}

{% macro default__days_between(first_day, last_day) -%}
    cast(date_diff('day', {{ first_day }}, {{ last_day }}) as integer)
{%- endmacro %}

{% macro spark__days_between(first_day, last_day) -%}
    cast(datediff({{ last_day }}, {{ first_day }}) as integer)
{%- endmacro %}


{% macro month_start(day) -%}
    {{ return(adapter.dispatch('month_start', 'lds_marts')(day)) }}
{%- endmacro %}

{% macro default__month_start(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}

{% macro spark__month_start(day) -%}
    cast(trunc({{ day }}, 'MM') as date)
{%- endmacro %}


{% macro month_end(day) -%}
    {{ return(adapter.dispatch('month_end', 'lds_marts')(day)) }}
{%- endmacro %}

{% macro default__month_end(day) -%}
    cast(last_day({{ day }}) as date)
{%- endmacro %}


{% macro day_of(year, month, day) -%}
    {{ return(adapter.dispatch('day_of', 'lds_marts')(year, month, day)) }}
{%- endmacro %}

{% macro default__day_of(year, month, day) -%}
    cast(make_date(cast({{ year }} as integer), cast({{ month }} as integer), {{ day }}) as date)
{%- endmacro %}


{# Years completed by a day; someone born on 29 February turns a year older on 1 March of a
   common year. Plain arithmetic, the same on every engine. #}
{% macro age_years(birth_date, on_day) -%}
    cast(
        extract(year from {{ on_day }}) - extract(year from {{ birth_date }})
        - case
            when
                extract(month from {{ on_day }}) * 100 + extract(day from {{ on_day }})
                < extract(month from {{ birth_date }}) * 100 + extract(day from {{ birth_date }})
                then 1
            else 0
        end as integer
    )
{%- endmacro %}
