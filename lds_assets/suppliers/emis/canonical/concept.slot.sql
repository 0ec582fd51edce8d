-- Grain: one row per word about a slot: status, booking method, contact mode; earlier bookings too.
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

labelled as (
    select
        *,
        code as display
    from word
    where code <> ''
)

select * from lds_words('labelled')
