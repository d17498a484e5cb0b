-- Model `booking` credits a booking to its own channel and campaign; the other models' credits are made beforehand. Each
-- has the month's spend of its channel and campaign beside it, models that divide among channels that of the channel.
-- Two currencies are never added up: of several, and of several campaigns, only what counts.
WITH counted AS (
    SELECT calendar.month, spent.channel, spent.campaign, spent.amount_minor, spent.currency,
        CASE WHEN spent.counts THEN spent.amount_minor END AS counted_minor,
        CASE WHEN spent.counts THEN spent.currency END AS counted_currency
    FROM silver.counted_spend AS spent
    INNER JOIN silver.calendar AS calendar ON calendar.day = spent.day
),
spend AS (
    SELECT month, channel, campaign, sum(counted_minor) AS counted_minor,
        CASE WHEN min(currency) = max(currency) THEN sum(amount_minor) ELSE sum(counted_minor) END AS amount_minor,
        CASE WHEN min(currency) = max(currency) THEN min(currency) ELSE min(counted_currency) END AS currency,
        min(counted_currency) AS counted_currency
    FROM counted
    GROUP BY month, channel, campaign
),
credits AS (
    SELECT calendar.month, bookings.marketing_channel AS channel, bookings.utm_campaign AS campaign, 'booking' AS model,
        CAST(1 AS BIGINT) AS touches, CAST(1000000 AS BIGINT) AS conversions_micro, CAST(0 AS BIGINT) AS revenue_minor,
        CAST(0 AS BIGINT) AS cash_minor, CAST(NULL AS BIGINT) AS amount_minor, CAST(NULL AS BIGINT) AS counted_minor,
        NULL AS currency, NULL AS cost_currency
    FROM silver.bookings AS bookings
    INNER JOIN silver.calendar AS calendar ON calendar.day = bookings.booking_date
    UNION ALL
    SELECT month, channel, campaign, 'booking' AS model, CAST(0 AS BIGINT) AS touches,
        CAST(0 AS BIGINT) AS conversions_micro, CAST(0 AS BIGINT) AS revenue_minor, CAST(0 AS BIGINT) AS cash_minor,
        amount_minor, counted_minor, NULL AS currency, currency AS cost_currency
    FROM spend
    UNION ALL
    SELECT own.month, own.channel, own.campaign, own.model, own.touches, own.conversions_micro, own.revenue_minor,
        own.cash_minor, paid.amount_minor, paid.counted_minor, own.currency, paid.currency AS cost_currency
    FROM silver.attribution_credits AS own
    LEFT JOIN spend AS paid
        ON paid.month = own.month AND paid.channel = own.channel
            AND coalesce(paid.campaign, '') = coalesce(own.campaign, '')
    WHERE own.model NOT IN ('markov', 'shapley')
    UNION ALL
    SELECT own.month, own.channel, own.campaign, own.model, own.touches, own.conversions_micro, own.revenue_minor,
        own.cash_minor, paid.counted_minor AS amount_minor, paid.counted_minor, own.currency,
        paid.counted_currency AS cost_currency
    FROM silver.attribution_credits AS own
    LEFT JOIN (
        SELECT month, channel, sum(counted_minor) AS counted_minor, min(counted_currency) AS counted_currency
        FROM spend
        GROUP BY month, channel
    ) AS paid
        ON paid.month = own.month AND paid.channel = own.channel
    WHERE own.model IN ('markov', 'shapley')
)
SELECT
    month,
    channel,
    campaign,
    model,
    sum(touches) AS touches,
    CAST(sum(conversions_micro) AS DOUBLE) / 1000000 AS conversions_credit,
    sum(revenue_minor) AS revenue_credit_minor,
    sum(cash_minor) AS cash_credit_minor,
    sum(amount_minor) AS cost_minor,
    CAST(round(CAST(sum(revenue_minor) AS DECIMAL(20, 0)) / nullif(sum(counted_minor), 0), 2) AS DOUBLE) AS roas,
    max(currency) AS currency,
    max(cost_currency) AS cost_currency
FROM credits
GROUP BY month, channel, campaign, model
