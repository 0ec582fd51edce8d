-- Grain: one row per registration status.
with word as (
    select
        'urn:lds:emis:registration-status' as system,
        trim(status_description) as code,
        lds_load_sequence,
        lds_extracted_at
    from raw.admin_patient_history
),

labelled as (
    select
        *,
        code as display
    from word
    where code <> ''
)

select * from lds_words('labelled')
