-- The newest snapshot of each invitee, with the newest no-show marks of all its snapshots (X3, X4, X5). What the CRM says
-- of the call is in the stored row only; new events leave it as it is.
-- bronze.calendly_events: in the columns of silver.invitees, one row per invitee, which the application folds its events to.
-- run: one row, the instant to answer for and the clock.
SELECT
    invitee_uri, invitee_email, invitee_name, invitee_first_name, invitee_last_name, invitee_status,
    invitee_timezone, invitee_phone, invitee_created_at, invitee_updated_at, invitee_canceled,
    invitee_rescheduled, event_name, event_status, event_type, event_start_time, event_end_time,
    event_created_at, location_type, location_join_url, utm_campaign, utm_source, utm_medium,
    utm_content, utm_term, marketing_channel, booking_date, booking_year, booking_month,
    booking_day_of_week, booking_hour, now AS processed_at, event_uri, host_email, host_name,
    old_invitee_uri, new_invitee_uri, invitee_uri AS chain_id,
    CASE
        WHEN invitee_canceled AND canceled_at >= event_start_time THEN 'canceled_late'
        WHEN invitee_canceled THEN 'canceled_early'
        WHEN crm_outcome IS NOT NULL AND event_start_time <= as_of THEN crm_outcome
        WHEN marked AND event_start_time <= as_of THEN 'no_show'
        WHEN event_end_time <= as_of THEN 'attended'
        ELSE 'pending'
    END AS attendance,
    CASE
        WHEN invitee_canceled THEN 'calendly'
        WHEN crm_outcome IS NOT NULL AND event_start_time <= as_of THEN 'close'
        WHEN marked AND event_start_time <= as_of THEN 'calendly'
        WHEN event_end_time <= as_of AND no_show_unmarked_at IS NOT NULL AND NOT marked THEN 'calendly'
        ELSE 'default'
    END AS attendance_source,
    booking_hour_local, event_hour_local, raw_sha256, canceled_at,
    no_show_marked_at, no_show_unmarked_at,
    snapshot_no_show, payload_sha256, contact_key, created_us, start_us, call_type,
    crm_outcome, mark_sha256, event_updated_at,
    booking_day_of_week_local
FROM (
    SELECT
        *,
        no_show_marked_at IS NOT NULL
            AND (no_show_unmarked_at IS NULL OR no_show_marked_at > no_show_unmarked_at) AS marked
    FROM bronze.calendly_events
) AS newest
CROSS JOIN run
