-- Grain: one row per migration, subject and year of the newest comparison of its two suppliers.
with figure as (
    select * from {{ ref('int_migration__compared') }}
)

select
    cast(migration_id as varchar) as migration_id,
    cast(practice_code as varchar) as practice_code,
    cast(from_supplier_code as varchar) as from_supplier_code,
    cast(to_supplier_code as varchar) as to_supplier_code,
    cast(moved_date as date) as moved_date,
    cast(migration_state as varchar) as migration_state,
    cast(compared_date as date) as compared_date,
    cast(is_accepted as boolean) as is_accepted,
    cast(subject as varchar) as subject,
    cast(event_year as integer) as event_year,
    cast(matched_count as bigint) as matched_count,
    cast(changed_count as bigint) as changed_count,
    cast(only_old_count as bigint) as only_old_count,
    cast(only_new_count as bigint) as only_new_count,
    cast(old_count as bigint) as old_count,
    cast(new_count as bigint) as new_count,
    cast(matched_percent as decimal(9, 1)) as matched_percent
from figure
