-- Grain: one row per word about a patient, and kind of address and contact.
with newest as (
    select
        max(lds_load_sequence) as lds_load_sequence,
        max(lds_extracted_at) as lds_extracted_at
    from raw.admin_patient
    having count(*) > 0
),

word as (
    select
        'urn:lds:emis:sex' as system,
        upper(trim(sex)) as code,
        lds_load_sequence,
        lds_extracted_at
    from raw.admin_patient
    union all
    select
        'urn:lds:emis:patient-type' as system,
        trim(patient_type_description) as code,
        lds_load_sequence,
        lds_extracted_at
    from raw.admin_patient
    union all
    -- EMIS says what an address or a contact is by its column
    select
        constant.system,
        constant.code,
        newest.lds_load_sequence,
        newest.lds_extracted_at
    from (
        values
        ('urn:lds:emis:address-type', 'Home'),
        ('urn:lds:emis:address-type', 'Temporary'),
        ('urn:lds:emis:contact-type', 'Home phone'),
        ('urn:lds:emis:contact-type', 'Mobile phone'),
        ('urn:lds:emis:contact-type', 'Email')
    ) as constant (system, code)
    cross join newest
),

labelled as (
    select
        *,
        code as display
    from word
    where code <> ''
)

select * from lds_words('labelled')
