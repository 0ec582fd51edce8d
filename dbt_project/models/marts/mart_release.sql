-- Grain: one row, the release these marts were built from and the day they are read as of.
with release as (
    select * from {{ ref('int_release__dated') }}
)

select
    cast(release_id as varchar) as release_id,
    cast(as_of as date) as as_of,
    cast(register_version as varchar) as register_version
from release
