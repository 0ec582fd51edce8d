-- Grain: one row per observation whose code category has no OLIDS table of its own; a problem is
-- a mark on its observation. A deleted row has no code and lands here: what another table had of it
-- is deleted there, since that table no longer yields it.
-- Rule source: emis_to_olids.csv (code category decides, EMIS_OLIDS v1.2.0).
with landing_elsewhere as (
    -- a code comes once per parent: its newest row's category counts
    select code_id
    from raw.coding_clinical_code
    where code_id is not null
    group by code_id
    having arg_max(
        lower(trim(emis_code_category_description)),
        (lds_extracted_at, lds_load_sequence, lds_source_key)
    ) in (
        'referral',
        'allergy and adverse drug reactions',
        'allergy and adverse reactions',
        'investigation requests'
    )
),

observation as (
    select
        record.*,
        coalesce(record.deleted, false) as is_deleted,
        upper(trim(record.effective_date_precision)) as date_precision,
        trim(record.episode) as episodicity
    from raw.care_record_observation as record
    left join landing_elsewhere on record.code_id = landing_elsewhere.code_id
    where coalesce(record.deleted, false) or landing_elsewhere.code_id is null
),

marked as (
    select
        observation.*,
        coalesce(problem.deleted, false) as is_problem_gone,
        problem.observation_guid is not null as has_problem_row,
        problem.end_date
    from observation
    left join raw.care_record_problem as problem
        on
            observation.publisher_organisation_code = problem.publisher_organisation_code
            and observation.observation_guid = problem.observation_guid
),

renamed as (
    select
        -- keys
        lds_id('observation', publisher_organisation_code, observation_guid) as id,
        lds_id('patient', publisher_organisation_code, patient_guid) as patient_id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        lds_id('encounter', publisher_organisation_code, consultation_guid)
            as encounter_id,
        lds_id('practitioner', publisher_organisation_code, clinician_user_in_role_guid)
            as practitioner_id,
        lds_id('observation', publisher_organisation_code, parent_observation_guid)
            as parent_observation_id,
        -- what
        lds_concept_id('urn:lds:emis:code-id', code_id) as observation_source_concept_id,
        value as result_value,
        lds_concept_id('urn:lds:emis:unit', trim(numeric_unit))
            as result_value_units_source_concept_id,
        case
            when value is not null and coalesce(date_precision, '') <> 'U'
                then effective_date
        end as result_date,
        cast(null as varchar) as result_text,
        -- "None" is the word for no episodicity
        lds_concept_id(
            'urn:lds:emis:episodicity', case when lower(episodicity) <> 'none' then episodicity end
        ) as episodicity_source_concept_id,
        -- when; precision U pads a date that nobody knows
        case when coalesce(date_precision, '') <> 'U' then effective_date end
            as clinical_effective_date,
        lds_concept_id('urn:lds:emis:date-precision', date_precision)
            as clinical_effective_date_precision_source_concept_id,
        lds_utc(entered_date, entered_time) as date_recorded,
        case when not is_deleted and not is_problem_gone then end_date end
            as problem_end_date,
        -- flags
        case when not is_deleted then has_problem_row and not is_problem_gone end
            as is_problem,
        case when not is_deleted then is_problem_gone end
            as is_problem_deleted,
        -- the entry's own word: the problem it reviews is another record
        case when not is_deleted then coalesce(lower(episodicity) = 'review', false) end
            as is_review,
        case when not is_deleted then parent_observation_guid is null end as is_primary,
        case when not is_deleted then coalesce(is_confidential, false) end as is_confidential,
        is_deleted as lds_is_deleted,
        -- provenance
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from marked
)

select * from renamed
