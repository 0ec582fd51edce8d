-- Rows that stay: a content filter does not take their patient out of the extract. A filter is of
-- one configuration, the second part of a delivery's id, and says nothing of another's rows.
select tested.*
from tested
where
    coalesce(tested.removed_data, false)
    or not exists (
        select 1 from raw.sr_patient_removed_by_content_filter as filtered
        where
            filtered.publisher_organisation_code = tested.publisher_organisation_code
            and split_part(filtered.lds_delivery_id, '/', 2)
            is not distinct from split_part(tested.lds_delivery_id, '/', 2)
            and filtered.id_patient = tested.row_identifier
            and not coalesce(filtered.removed_data, false)
    )
