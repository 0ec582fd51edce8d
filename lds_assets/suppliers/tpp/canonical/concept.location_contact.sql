-- Grain: one row per kind of number of an organisation. Rule source: tpp_to_olids.csv.
with organisation as (
    select * from raw.sr_organisation
),

word as (
    select
        organisation.*,
        'urn:lds:tpp:location-contact-type' as system,
        listed.kind as code,
        listed.kind as display
    from organisation
    cross join (values ('Telephone'), ('Secondary telephone'), ('Fax')) as listed (kind)
)

select * from lds_words('word')
