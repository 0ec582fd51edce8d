-- Rows that stay: a content filter does not take their patient out of the extract.
select tested.*
from tested
where
    coalesce(tested.removed_data, false)
    or not exists (
        select 1 from raw.sr_patient_removed_by_content_filter as filtered
        where
            filtered.publisher_organisation_code = tested.publisher_organisation_code
            and filtered.id_patient = tested.row_identifier
            and not coalesce(filtered.removed_data, false)
    )
