-- Grain: one row per word for a sex.
-- The key is the word itself: nobody's row may carry the key of somebody's record.
with renamed as (
    select
        lds_concept_id('urn:lds:rowan:sex', lower(trim(sex))) as concept_id,
        lower(trim(sex)) as code,
        lower(trim(sex)) as display,
        'urn:lds:rowan:sex' as system,
        cast(null as boolean) as present_in_terminology_server,
        cast(null as bigint) as use_count,
        false as lds_is_deleted,
        'shared' as publisher_organisation_code,
        lds_id('word', 'shared', 'urn:lds:rowan:sex', lower(trim(sex))) as lds_source_record_id,
        'urn:lds:rowan:sex|' || lower(trim(sex)) as lds_source_key,
        max(lds_load_sequence) as lds_load_sequence,
        max(lds_extracted_at) as lds_extracted_at,
        cast(null as bigint) as lds_row_number
    from raw.patient_detail
    where trim(sex) <> ''
    group by lower(trim(sex))
)

select * from renamed
