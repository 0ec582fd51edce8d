-- Grain: one row per state of the paper record. Rule source: tpp_value_lists.csv.
with word as (
    select
        'urn:lds:tpp:record-status' as system,
        medical_record_status as code,
        case medical_record_status
            when '0' then 'Deducted, records returned'
            when '1' then 'Registered, records on their way'
            when '2' then 'Registered, records received'
            when '3' then 'Deducted, return of records confirmed'
            when '4' then 'Deducted, records asked for'
            else medical_record_status
        end as display,
        lds_load_sequence,
        lds_extracted_at
    from raw.sr_record_status
    where not coalesce(removed_data, false)
)

select * from lds_words('word')
