-- Bookings against what was spent, by day, channel and campaign; a key is there when either has it (X20).
WITH spend AS (
    SELECT day, channel, campaign, amount_minor, currency
    FROM (
        SELECT *, row_number() OVER (PARTITION BY day, channel, campaign ORDER BY revision DESC) AS place
        FROM silver.ad_spend
    ) AS revisions
    WHERE place = 1
),
facts AS (
    SELECT booking_date, marketing_channel AS channel, utm_campaign AS campaign, CAST(NULL AS BIGINT) AS amount_minor,
        CAST(1 AS BIGINT) AS bookings, CASE WHEN outcome = 'attended' THEN 1 ELSE 0 END AS attended, NULL AS currency
    FROM silver.bookings
    UNION ALL
    SELECT day AS booking_date, channel, campaign, amount_minor, CAST(0 AS BIGINT) AS bookings, 0 AS attended, currency
    FROM spend
),
sums AS (
    SELECT booking_date, channel, campaign, sum(amount_minor) AS spend_minor, sum(bookings) AS bookings,
        sum(attended) AS attended, max(currency) AS currency
    FROM facts
    GROUP BY booking_date, channel, campaign
)
SELECT
    booking_date,
    channel,
    campaign,
    spend_minor,
    bookings,
    attended,
    CAST(round(CAST(spend_minor AS DECIMAL(20, 0)) / nullif(bookings, 0), 0) AS BIGINT) AS cost_per_booking_minor,
    CAST(round(CAST(spend_minor AS DECIMAL(20, 0)) / nullif(attended, 0), 0) AS BIGINT) AS cost_per_attended_minor,
    CASE WHEN spend_minor IS NULL THEN 'missing' ELSE 'known' END AS spend_status,
    currency
FROM sums
