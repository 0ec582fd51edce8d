-- Grain: one row per practice and supplier that was asked to take part: its way into a release.
with onboarding as (
    select * from {{ ref('int_onboarding__timed') }}
),

practice as (
    select * from {{ ref('int_practice__described') }}
),

described as (
    select
        cast(onboarding.practice_code as varchar) as practice_code,
        cast(practice.practice_name as varchar) as practice_name,
        cast(practice.icb_code as varchar) as icb_code,
        cast(practice.icb_name as varchar) as icb_name,
        cast(onboarding.supplier_code as varchar) as supplier_code,
        cast(practice.list_size as bigint) as list_size,
        cast(onboarding.onboarding_state as varchar) as onboarding_state,
        cast(onboarding.newest_step as varchar) as newest_step,
        cast(onboarding.state_since_date as date) as state_since_date,
        cast(onboarding.state_days as integer) as state_days,
        cast(onboarding.prospect_date as date) as prospect_date,
        cast(onboarding.invited_date as date) as invited_date,
        cast(onboarding.consent_granted_date as date) as consent_granted_date,
        cast(onboarding.feed_requested_date as date) as feed_requested_date,
        cast(onboarding.feed_activated_date as date) as feed_activated_date,
        cast(onboarding.bulk_received_date as date) as bulk_received_date,
        cast(onboarding.reconciled_date as date) as reconciled_date,
        cast(onboarding.backfilling_date as date) as backfilling_date,
        cast(onboarding.live_date as date) as live_date,
        cast(onboarding.prospect_days as integer) as prospect_days,
        cast(onboarding.invited_days as integer) as invited_days,
        cast(onboarding.consent_granted_days as integer) as consent_granted_days,
        cast(onboarding.feed_requested_days as integer) as feed_requested_days,
        cast(onboarding.feed_activated_days as integer) as feed_activated_days,
        cast(onboarding.bulk_received_days as integer) as bulk_received_days,
        cast(onboarding.reconciled_days as integer) as reconciled_days,
        cast(onboarding.backfilling_days as integer) as backfilling_days,
        cast(onboarding.live_days as integer) as live_days,
        cast(onboarding.stall_reason as varchar) as stall_reason,
        cast(onboarding.reason_code as varchar) as reason_code,
        cast(onboarding.next_action as varchar) as next_action,
        cast(onboarding.owner_role as varchar) as owner_role,
        cast(onboarding.owed_delivery_count as bigint) as owed_delivery_count,
        cast(onboarding.is_released as boolean) as is_released,
        cast(onboarding.reconciliation_verdict as varchar) as reconciliation_verdict,
        cast(onboarding.reconciliation_reason_code as varchar) as reconciliation_reason_code,
        cast(onboarding.registered_share as double) as registered_share,
        cast(onboarding.repeated_number_share as double) as repeated_number_share,
        cast(onboarding.mapped_share as double) as mapped_share,
        cast(onboarding.orphan_share as double) as orphan_share,
        cast(onboarding.newest_event_age_days as double) as newest_event_age_days,
        cast(onboarding.seen_table_share as double) as seen_table_share
    from onboarding
    left join practice on onboarding.practice_code = practice.practice_code
)

select * from described
