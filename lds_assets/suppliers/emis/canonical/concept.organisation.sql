-- Grain: one row per word for a kind of organisation.
with word as (
    select
        'urn:lds:emis:organisation-type' as system,
        trim(organisation_type) as code,
        lds_load_sequence,
        lds_extracted_at
    from raw.admin_organisation
),

labelled as (
    select
        *,
        code as display
    from word
    where code <> ''
)

select * from lds_words('labelled')
