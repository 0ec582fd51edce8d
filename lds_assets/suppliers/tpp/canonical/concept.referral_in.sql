-- Grain: one row per urgency, reason and service of referrals received, and each date precision.
-- Rule source: tpp_to_olids.csv.
with entry as (
    select * from raw.sr_referral_in
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
        tpp_word(listed.configured_list_option, entry.primary_reason) as code,
        code as display
    from entry
    left join raw.sr_configured_list_option as listed
        on cast(listed.row_identifier as varchar) = trim(entry.primary_reason)
    union all by name
    select
        entry.*,
        'urn:lds:tpp:referral-service' as system,
        tpp_word(listed.configured_list_option, entry.service_offered) as code,
        code as display
    from entry
    left join raw.sr_configured_list_option as listed
        on cast(listed.row_identifier as varchar) = trim(entry.service_offered)
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
