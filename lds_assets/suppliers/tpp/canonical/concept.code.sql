-- Grain: one row per code, unit, episode type and date precision that coded entries use.
-- Rule source: tpp_to_olids.csv; words of static lists are codes, their numbers change by delivery.
with entry as (
    select
        entry.*,
        coalesce(kind.mapping, entry.episode_type) as episode_word
    from raw.sr_code as entry
    left join raw.sr_mapping as kind
        on cast(kind.row_identifier as varchar) = entry.episode_type
    where not coalesce(entry.removed_data, false)
),

-- few words stand in many rows: gather them before they are taken apart
used as (
    select
        snomed_code,
        ctv3_code,
        trim(case when is_numeric then numeric_unit end) as unit,
        trim(episode_word) as episode_word,
        min(coalesce(snomed_text, ctv3_text)) as snomed_text,
        min(ctv3_text) as ctv3_text,
        max(lds_load_sequence) as lds_load_sequence,
        max(lds_extracted_at) as lds_extracted_at
    from entry
    group by all
),

word as (
    select
        *,
        case when snomed_code > 0 then 'http://snomed.info/sct'
            when ctv3_code like 'Y%' then 'urn:lds:tpp:code'
            else 'http://read.info/ctv3'
        end as system,
        case when snomed_code > 0 then cast(snomed_code as varchar) else ctv3_code end as code,
        case when snomed_code > 0 then snomed_text else ctv3_text end as display
    from used
    union all by name
    select
        *,
        'urn:lds:tpp:unit' as system,
        unit as code,
        unit as display
    from used
    union all by name
    select
        *,
        'urn:lds:tpp:episode-type' as system,
        episode_word as code,
        episode_word as display
    from used
    union all by name
    select
        used.*,
        'urn:lds:tpp:date-precision' as system,
        precise.code,
        precise.display
    from used
    cross join (
        values ('unknown', 'Date unknown'), ('day', 'To the day'), ('minute', 'To the minute')
    ) as precise (code, display)
)

select * from lds_words('word')
