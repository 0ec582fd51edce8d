-- Rows that stay: the practice that answered for the patient is the publisher, or one where the
-- patient had a regular (GMS) registration as this publisher knows it. A row that names none is not
-- tested, nor is one that went. Rule source: semantics of the feed, 7.
select tested.*
from tested
where
    not lds_gate_rule('controller_test')
    or tested.id_organisation_registered_at is null
    or coalesce(tested.removed_data, false)
    or upper(trim(tested.id_organisation_registered_at)) = tested.publisher_organisation_code
    or exists (
        select 1 from raw.sr_patient_registration as registration
        where
            registration.publisher_organisation_code = tested.publisher_organisation_code
            and registration.id_patient = tested.id_patient
            and upper(trim(registration.id_organisation))
            = upper(trim(tested.id_organisation_registered_at))
            and regexp_matches(
                registration.registration_status, '(?i)(?:^|,)\s*(?:GMS|Standard)\s*(?:,|$)'
            )
            and not coalesce(registration.removed_data, false)
    )
