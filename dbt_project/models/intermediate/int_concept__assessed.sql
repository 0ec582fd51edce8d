-- Grain: one row per concept that records name, with the state of its mapping.
-- Rule source: olids rules 5. SNOMED CT concepts stand for themselves; else the targets in SNOMED
-- CT count, else those in any system, and of several one must be recommended.
with used as (
    select distinct concept_id from {{ ref('int_concept__used') }}
),

concept as (
    select * from {{ ref('stg_concept') }}
),

status as (
    select * from {{ ref('stg_concept_status') }}
),

terminology as (
    -- without a terminology nothing can be called unknown to it
    select count(*) as known_count from status
),

candidate as (
    select
        source_concept_id,
        target_concept_id,
        concept_map_name,
        equivalence_rank,
        coalesce(is_primary, false) as is_primary,
        case when target_system = 'http://snomed.info/sct' then 0 else 1 end as system_rank
    from {{ ref('stg_concept_map') }}
    where upper(coalesce(equivalence, '')) not in ('UNMATCHED', 'DISJOINT')
),

nearest as (
    select
        source_concept_id,
        min(system_rank) as system_rank
    from candidate
    group by source_concept_id
),

counted as (
    select
        candidate.source_concept_id,
        count(distinct candidate.target_concept_id) as target_count,
        max(case when candidate.is_primary then 1 else 0 end) as primary_count
    from candidate
    inner join nearest
        on
            candidate.source_concept_id = nearest.source_concept_id
            and candidate.system_rank = nearest.system_rank
    group by candidate.source_concept_id
),

ranked as (
    select
        source_concept_id,
        target_concept_id,
        row_number() over (
            partition by source_concept_id
            order by
                system_rank asc nulls last,
                case when is_primary then 0 else 1 end asc nulls last,
                equivalence_rank asc nulls last,
                target_concept_id asc nulls last,
                concept_map_name asc nulls last
        ) as preference
    from candidate
),

aimed as (
    select
        used.concept_id,
        concept.system,
        concept.code,
        concept.display,
        coalesce(counted.target_count, 0) as target_count,
        coalesce(counted.primary_count, 0) as primary_count,
        case
            when concept.system = 'http://snomed.info/sct' then used.concept_id
            else ranked.target_concept_id
        end as target_concept_id
    from used
    left join concept on used.concept_id = concept.concept_id
    left join counted on used.concept_id = counted.source_concept_id
    left join ranked
        on used.concept_id = ranked.source_concept_id and ranked.preference = 1
),

assessed as (
    select
        cast(aimed.concept_id as varchar) as concept_id,
        cast(aimed.system as varchar) as code_system,
        cast(aimed.code as varchar) as code,
        cast(aimed.display as varchar) as term,
        cast(target.code as varchar) as target_code,
        cast(target.display as varchar) as target_term,
        cast(
            case
                when aimed.target_concept_id is null then 'unmapped'
                when
                    aimed.target_concept_id <> aimed.concept_id
                    and aimed.target_count > 1 and aimed.primary_count = 0
                    then 'undecided'
                when target.concept_id is null then 'missing'
                when target.system <> 'http://snomed.info/sct' then 'mapped'
                when target.code = '138875005' then 'root'
                when not coalesce(status.is_active, true) then 'retired'
                when status.concept_id is null and terminology.known_count > 0 then 'missing'
                else 'mapped'
            end as varchar
        ) as mapping_state
    from aimed
    cross join terminology
    left join concept as target on aimed.target_concept_id = target.concept_id
    left join status on aimed.target_concept_id = status.concept_id
)

select * from assessed
