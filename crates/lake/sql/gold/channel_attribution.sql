-- Model `booking`: the booking's own channel and campaign are credited with it.
-- daily: bookings by day; spend: newest revisions. A key is there when either has it.
SELECT
    month,
    channel,
    campaign,
    'booking' AS model,
    sum(bookings) AS touches,
    CAST(sum(bookings) AS DOUBLE) AS conversions_credit,
    CAST(0 AS BIGINT) AS revenue_credit_minor,
    CAST(0 AS BIGINT) AS cash_credit_minor,
    sum(amount_minor) AS cost_minor,
    ratio2(0, sum(amount_minor)) AS roas
FROM (
    SELECT month, channel, campaign, bookings, CAST(NULL AS BIGINT) AS amount_minor FROM daily
    UNION ALL
    SELECT month, channel, campaign, CAST(0 AS BIGINT) AS bookings, amount_minor FROM spend
)
GROUP BY month, channel, campaign
