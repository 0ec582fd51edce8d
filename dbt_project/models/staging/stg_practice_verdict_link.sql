-- Grain: one row per practice and question of the chain behind its verdict.
with release as (
    select * from {{ lake('practice_verdict_link') }}
),

typed as (
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
        cast(owner_role as varchar) as owner_role
    from release
)

select * from typed
