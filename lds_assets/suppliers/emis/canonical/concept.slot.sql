-- Grain: one row per word about a slot: status, booking method, contact mode; earlier bookings too.
-- The key is the word itself: nobody's row may carry the key of somebody's record.
with word as (
    select
        'urn:lds:emis:slot-status' as system,
        trim(slot_status) as code,
        lds_load_sequence,
        lds_extracted_at
    from raw_all.appointment_slot
    union all
    select
        'urn:lds:emis:booking-method' as system,
        trim(booking_method) as code,
        lds_load_sequence,
        lds_extracted_at
    from raw_all.appointment_slot
    union all
    select
        'urn:lds:emis:contact-mode' as system,
        trim(mode_of_contact) as code,
        lds_load_sequence,
        lds_extracted_at
    from raw_all.appointment_slot
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
