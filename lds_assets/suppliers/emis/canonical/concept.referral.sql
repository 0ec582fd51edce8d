-- Grain: one row per word for how urgent a referral is and what service it asks for.
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

labelled as (
    select
        *,
        code as display
    from word
    where code <> ''
)

select * from lds_words('labelled')
