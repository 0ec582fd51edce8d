-- Grain: one row per practice and supplier that was asked to take part, as the platform tells it.
with release as (
    select * from {{ lake('practice_onboarding') }}
),

typed as (
    select
        cast(practice_code as varchar) as practice_code,
        cast(supplier_code as varchar) as supplier_code,
        cast(onboarding_state as varchar) as onboarding_state,
        cast(newest_step as varchar) as newest_step,
        cast(state_since_date as date) as state_since_date,
        cast(prospect_date as date) as prospect_date,
        cast(invited_date as date) as invited_date,
        cast(consent_granted_date as date) as consent_granted_date,
        cast(feed_requested_date as date) as feed_requested_date,
        cast(feed_activated_date as date) as feed_activated_date,
        cast(bulk_received_date as date) as bulk_received_date,
        cast(reconciled_date as date) as reconciled_date,
        cast(backfilling_date as date) as backfilling_date,
        cast(live_date as date) as live_date,
        cast(stall_reason as varchar) as stall_reason,
        cast(reason_code as varchar) as reason_code,
        cast(next_action as varchar) as next_action,
        cast(owner_role as varchar) as owner_role,
        cast(owed_delivery_count as bigint) as owed_delivery_count,
        cast(is_released as boolean) as is_released,
        cast(reconciliation_verdict as varchar) as reconciliation_verdict,
        cast(reconciliation_reason_code as varchar) as reconciliation_reason_code,
        cast(registered_share as double) as registered_share,
        cast(repeated_number_share as double) as repeated_number_share,
        cast(mapped_share as double) as mapped_share,
        cast(orphan_share as double) as orphan_share,
        cast(newest_event_age_days as double) as newest_event_age_days,
        cast(seen_table_share as double) as seen_table_share
    from release
)

select * from typed
