-- Grain: one row per word for how urgent a referral is and what service it asks for.
-- The key is the word itself: nobody's row may carry the key of somebody's record.
with word as (
    select
        'urn:lds:emis:referral-urgency' as system,
        trim(referral_urgency) as code,
        lds_load_sequence,
        lds_extracted_at
    from raw.care_record_observation_referral
    union all
    select
        'urn:lds:emis:referral-service-type' as system,
        trim(referral_service_type) as code,
        lds_load_sequence,
        lds_extracted_at
    from raw.care_record_observation_referral
),

renamed as (
    select
        lds_concept_id(system, code) as concept_id,
        code,
        code as display,
        system,
        cast(null as boolean) as present_in_terminology_server,
        cast(null as bigint) as use_count,
        false as lds_is_deleted,
        'shared' as publisher_organisation_code,
        lds_id('word', 'shared', system, code) as lds_source_record_id,
        system || '|' || code as lds_source_key,
        max(lds_load_sequence) as lds_load_sequence,
        max(lds_extracted_at) as lds_extracted_at,
        cast(null as bigint) as lds_row_number
    from word
    where code <> ''
    group by system, code
)

select * from renamed
