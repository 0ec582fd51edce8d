-- Grain: one row per code cluster and code.
with code as (
    select * from {{ ref('fixture_codes') }}
),

cluster as (
    select * from {{ ref('code_cluster') }}
),

expanded as (
    select
        cast(cluster.cluster_code as varchar) as cluster_code,
        cast(code.snomed_code as varchar) as snomed_code,
        cast(code.code_key as varchar) as code_key,
        cast(code.term as varchar) as term
    from code
    inner join cluster
        on position('|' || cluster.cluster_code || '|' in '|' || code.cluster_codes || '|') > 0
    where code.snomed_code is not null
)

select * from expanded
