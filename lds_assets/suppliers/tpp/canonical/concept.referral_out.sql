-- Grain: one row per code, urgency, reason and service of referrals, and each date precision.
-- Rule source: tpp_to_olids.csv; list number 175137 stands for no service.
with entry as (
    select * from raw.sr_referral_out
    where not coalesce(removed_data, false)
),

word as (
    select
        entry.*,
        'urn:lds:tpp:referral-urgency' as system,
        tpp_word(listed.configured_list_option, entry.urgency) as code,
        code as display
    from entry
    left join raw.sr_configured_list_option as listed
        on cast(listed.row_identifier as varchar) = trim(entry.urgency)
    union all by name
    select
        entry.*,
        'urn:lds:tpp:referral-reason' as system,
        tpp_word(listed.configured_list_option, entry.reason) as code,
        code as display
    from entry
    left join raw.sr_configured_list_option as listed
        on cast(listed.row_identifier as varchar) = trim(entry.reason)
    union all by name
    select
        entry.*,
        'urn:lds:tpp:referral-service' as system,
        nullif(
            concat_ws(
                ', ',
                tpp_word(service.mapping, nullif(trim(entry.service_offered), '175137')),
                tpp_word(kind.mapping, entry.type_of_referral)
            ), ''
        ) as code,
        code as display
    from entry
    left join raw.sr_mapping as service
        on cast(service.row_identifier as varchar) = nullif(trim(entry.service_offered), '175137')
    left join raw.sr_mapping as kind
        on cast(kind.row_identifier as varchar) = trim(entry.type_of_referral)
    union all by name
    select
        entry.*,
        case when entry.snomed_primary_diagnosis > 0 then 'http://snomed.info/sct'
            when entry.primary_diagnosis like 'Y%' then 'urn:lds:tpp:code'
            else 'http://read.info/ctv3'
        end as system,
        case when entry.snomed_primary_diagnosis > 0
                then cast(entry.snomed_primary_diagnosis as varchar)
            else entry.primary_diagnosis
        end as code,
        cast(null as varchar) as display
    from entry
    union all by name
    select
        entry.*,
        'urn:lds:tpp:date-precision' as system,
        precise.code,
        precise.display
    from entry
    cross join (
        values ('unknown', 'Date unknown'), ('day', 'To the day'), ('minute', 'To the minute')
    ) as precise (code, display)
)

select * from lds_words('word')
