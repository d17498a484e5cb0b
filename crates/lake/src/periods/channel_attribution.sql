-- Credits of the months of a period by model, beside everything that was spent in these months. Which touches they are is
-- no sum of months, so there is no number of touches. Of spend in several currencies only what counts is added up.
WITH spend AS (
    SELECT calendar.month, spent.channel, spent.campaign, spent.amount_minor, spent.currency
    FROM silver.counted_spend AS spent
    INNER JOIN silver.calendar AS calendar ON calendar.day = spent.day
    WHERE spent.counts
),
credits AS (
    SELECT calendar.month, bookings.marketing_channel AS channel, bookings.utm_campaign AS campaign, 'booking' AS model,
        CAST(1000000 AS BIGINT) AS conversions_micro, CAST(0 AS BIGINT) AS revenue_minor, CAST(0 AS BIGINT) AS cash_minor,
        NULL AS currency
    FROM silver.bookings AS bookings
    INNER JOIN silver.calendar AS calendar ON calendar.day = bookings.booking_date
    UNION ALL
    SELECT month, channel, campaign, 'booking' AS model, CAST(0 AS BIGINT) AS conversions_micro,
        CAST(0 AS BIGINT) AS revenue_minor, CAST(0 AS BIGINT) AS cash_minor, NULL AS currency
    FROM spend
    UNION ALL
    SELECT month, channel, campaign, model, conversions_micro, revenue_minor, cash_minor, currency
    FROM silver.attribution_credits
    WHERE {models}
),
earned AS (
    SELECT {name} model, sum(conversions_micro) AS conversions_micro, sum(revenue_minor) AS revenue_minor,
        sum(cash_minor) AS cash_minor, max(currency) AS currency
    FROM credits
    WHERE {period}
    GROUP BY {name} model
),
paid AS (
    SELECT {name} sum(amount_minor) AS cost_minor, max(currency) AS cost_currency
    FROM spend
    WHERE {period}
    {group}
)
SELECT
    {earned}
    earned.model,
    CAST(earned.conversions_micro AS DOUBLE) / 1000000 AS conversions_credit,
    earned.revenue_minor AS revenue_credit_minor,
    earned.cash_minor AS cash_credit_minor,
    paid.cost_minor,
    CAST(round(CAST(earned.revenue_minor AS DECIMAL(20, 0)) / nullif(paid.cost_minor, 0), 2) AS DOUBLE) AS roas,
    earned.currency,
    paid.cost_currency
FROM earned
LEFT JOIN paid ON {same}
