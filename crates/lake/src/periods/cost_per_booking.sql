-- Bookings of a period against what was spent in it, of several currencies what counts.
WITH spend AS (
    SELECT day, channel, campaign, amount_minor, currency
    FROM silver.counted_spend
    WHERE counts
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
    SELECT {name} sum(amount_minor) AS spend_minor, count(amount_minor) AS spend_rows, coalesce(sum(bookings), 0) AS bookings,
        coalesce(sum(attended), 0) AS attended, max(currency) AS currency
    FROM facts
    WHERE {period}
    {group}
)
SELECT
    {name}
    spend_minor,
    spend_rows,
    bookings,
    attended,
    CAST(round(CAST(spend_minor AS DECIMAL(20, 0)) / nullif(bookings, 0), 0) AS BIGINT) AS cost_per_booking_minor,
    CAST(round(CAST(spend_minor AS DECIMAL(20, 0)) / nullif(attended, 0), 0) AS BIGINT) AS cost_per_attended_minor,
    CASE WHEN spend_minor IS NULL THEN 'missing' ELSE 'known' END AS spend_status,
    currency
FROM sums
