-- Bookings against what was spent, by day, channel and campaign; a key is there when either has it (X20).
SELECT
    booking_date,
    channel,
    campaign,
    spend_minor,
    bookings,
    attended,
    div_round(spend_minor, bookings) AS cost_per_booking_minor,
    div_round(spend_minor, attended) AS cost_per_attended_minor,
    CASE WHEN spend_minor IS NULL THEN 'missing' ELSE 'known' END AS spend_status
FROM (
    SELECT booking_date, channel, campaign, sum(amount_minor) AS spend_minor, sum(bookings) AS bookings, sum(attended) AS attended
    FROM (
        SELECT booking_date, channel, campaign, bookings, attended, CAST(NULL AS BIGINT) AS amount_minor FROM daily
        UNION ALL
        SELECT booking_date, channel, campaign, CAST(0 AS BIGINT) AS bookings, CAST(0 AS BIGINT) AS attended, amount_minor FROM spend
    )
    GROUP BY booking_date, channel, campaign
)
