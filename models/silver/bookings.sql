-- One row per reschedule chain: what the first member was booked with, and what became of the newest (X3).
SELECT
    first.chain_id,
    first.invitee_email AS contact_email,
    first.contact_key,
    first.invitee_created_at AS booked_at,
    first.booking_date, first.booking_year, first.booking_month, first.booking_day_of_week, first.booking_hour,
    first.marketing_channel, first.utm_campaign, first.utm_source,
    newest.invitee_uri, newest.event_name, newest.event_start_time, newest.event_end_time,
    newest.host_email, newest.host_name, newest.attendance,
    CASE
        WHEN newest.invitee_canceled AND newest.invitee_rescheduled THEN 'rescheduled'
        WHEN newest.invitee_canceled THEN 'canceled'
        ELSE newest.attendance
    END AS outcome,
    chain.members,
    newest.start_us - first.created_us AS lead_us,
    newest.call_type,
    first.booking_day_of_week_local, first.booking_hour_local
FROM silver.invitees AS first
INNER JOIN (
    SELECT
        chain_id, invitee_uri,
        row_number() OVER (PARTITION BY chain_id ORDER BY invitee_created_at DESC, invitee_uri DESC) AS place,
        count(*) OVER (PARTITION BY chain_id) AS members
    FROM silver.invitees
) AS chain ON chain.chain_id = first.chain_id AND chain.place = 1
INNER JOIN silver.invitees AS newest ON newest.invitee_uri = chain.invitee_uri
WHERE first.invitee_uri = first.chain_id
