-- Grain: one row per practice and question of the chain behind its verdict.
with link as (
    select * from {{ ref('stg_practice_verdict_link') }}
),

amiss as (
    select
        practice_code,
        min(link_number) as deciding_number
    from link
    where answer = 'NO'
    group by practice_code
),

linked as (
    select
        link.*,
        coalesce(link.link_number = amiss.deciding_number, false) as is_deciding
    from link
    left join amiss on link.practice_code = amiss.practice_code
)

select
    cast(practice_code as varchar) as practice_code,
    cast(link_number as integer) as link_number,
    cast(question as varchar) as question,
    cast(answer as varchar) as answer,
    cast(state as varchar) as state,
    cast(since as date) as since,
    cast(evidence as varchar) as evidence,
    cast(reason as varchar) as reason,
    cast(next_action as varchar) as next_action,
    cast(owner_role as varchar) as owner_role,
    cast(is_deciding as boolean) as is_deciding
from linked
