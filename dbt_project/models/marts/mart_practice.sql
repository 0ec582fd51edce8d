-- Grain: one row per practice of the published register or publishing in the release.
with practice as (
    select * from {{ ref('int_practice__described') }}
)

select
    cast(practice_code as varchar) as practice_code,
    cast(practice_name as varchar) as practice_name,
    cast(organisation_id as varchar) as organisation_id,
    cast(icb_code as varchar) as icb_code,
    cast(icb_name as varchar) as icb_name,
    cast(sub_icb_code as varchar) as sub_icb_code,
    cast(pcn_code as varchar) as pcn_code,
    cast(pcn_name as varchar) as pcn_name,
    cast(supplier_code as varchar) as supplier_code,
    cast(postcode as varchar) as postcode,
    cast(practice_status as varchar) as practice_status,
    cast(list_size as bigint) as list_size,
    cast(list_size_carried as bigint) as list_size_carried,
    cast(is_counted as boolean) as is_counted,
    cast(is_on_register as boolean) as is_on_register,
    cast(is_publishing as boolean) as is_publishing
from practice
