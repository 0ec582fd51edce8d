-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per practice, column of a table and concept its records name there.
with named as (
    {{ concept_use('patient', 'gender_source_concept_id') }}
    union all
    {{ concept_use('patient_address', 'address_type_source_concept_id') }}
    union all
    {{ concept_use('patient_contact', 'contact_type_source_concept_id') }}
    union all
    {{ concept_use('episode_of_care', 'episode_type_source_concept_id') }}
    union all
    {{ concept_use('episode_of_care', 'episode_status_source_concept_id') }}
    union all
    {{ concept_use('encounter', 'encounter_source_concept_id') }}
    union all
    {{ concept_use('encounter', 'clinical_effective_date_precision_source_concept_id') }}
    union all
    {{ concept_use('observation', 'clinical_effective_date_precision_source_concept_id') }}
    union all
    {{ concept_use('observation', 'result_value_units_source_concept_id') }}
    union all
    {{ concept_use('observation', 'observation_source_concept_id') }}
    union all
    {{ concept_use('observation', 'episodicity_source_concept_id') }}
    union all
    {{ concept_use('allergy_intolerance', 'clinical_effective_date_precision_source_concept_id') }}
    union all
    {{ concept_use('allergy_intolerance', 'allergy_intolerance_source_concept_id') }}
    union all
    {{ concept_use('diagnostic_order', 'clinical_effective_date_precision_source_concept_id') }}
    union all
    {{ concept_use('diagnostic_order', 'result_measurement_units_source_concept_id') }}
    union all
    {{ concept_use('diagnostic_order', 'diagnostic_order_source_concept_id') }}
    union all
    {{ concept_use('diagnostic_order', 'episodicity_source_concept_id') }}
    union all
    {{ concept_use('procedure_request', 'clinical_effective_date_precision_source_concept_id') }}
    union all
    {{ concept_use('procedure_request', 'procedure_request_source_concept_id') }}
    union all
    {{ concept_use('procedure_request', 'status_source_concept_id') }}
    union all
    {{ concept_use('referral_request', 'clinical_effective_date_precision_source_concept_id') }}
    union all
    {{ concept_use('referral_request', 'referral_request_priority_source_concept_id') }}
    union all
    {{ concept_use('referral_request', 'referral_request_type_source_concept_id') }}
    union all
    {{ concept_use('referral_request', 'referral_request_specialty_source_concept_id') }}
    union all
    {{ concept_use('referral_request', 'referral_request_source_concept_id') }}
    union all
    {{ concept_use('medication_statement', 'clinical_effective_date_precision_source_concept_id') }}
    union all
    {{ concept_use('medication_statement', 'authorisation_type_source_concept_id') }}
    union all
    {{ concept_use('medication_statement', 'medication_statement_source_concept_id') }}
    union all
    {{ concept_use('medication_order', 'clinical_effective_date_precision_source_concept_id') }}
    union all
    {{ concept_use('medication_order', 'medication_order_source_concept_id') }}
    union all
    {{ concept_use('appointment', 'appointment_status_source_concept_id') }}
    union all
    {{ concept_use('appointment', 'booking_method_source_concept_id') }}
    union all
    {{ concept_use('appointment', 'contact_mode_source_concept_id') }}
)

select
    cast(practice_code as varchar) as practice_code,
    cast(table_name as varchar) as table_name,
    cast(column_name as varchar) as column_name,
    cast(concept_id as varchar) as concept_id,
    cast(record_count as bigint) as record_count
from named
