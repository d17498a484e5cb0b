-- gold_booking_time_analysis_now
SELECT
  booking_day_of_week,
  booking_hour,
  marketing_channel,
  bookings,
  canceled,
  attended,
  no_show,
  avg_lead_hours,
  CAST(current_timestamp AS TIMESTAMP) AS as_of
FROM (
SELECT
  booking_day_of_week,
  booking_hour,
  marketing_channel,
  count(*) AS bookings,
  sum(CASE WHEN outcome = 'canceled' THEN 1 ELSE 0 END) AS canceled,
  sum(CASE WHEN outcome = 'attended' THEN 1 ELSE 0 END) AS attended,
  sum(CASE WHEN outcome = 'no_show' THEN 1 ELSE 0 END) AS no_show,
  CAST(round(CAST(sum(CAST(lead_us AS DECIMAL(20,0))) AS DECIMAL(38,12)) / (count(*) * 3600000000), 2) AS DOUBLE) AS avg_lead_hours
FROM
  silver_bookings
GROUP BY
  booking_day_of_week, booking_hour, marketing_channel
) AS made;

-- gold_bookings_trend_now
SELECT
  booking_date,
  bookings,
  bookings_7d_avg,
  bookings_28d_avg,
  wow_change_pct,
  CAST(current_timestamp AS TIMESTAMP) AS as_of
FROM (
WITH daily AS (
  SELECT
    booking_date,
    count(*) AS bookings
  FROM
    silver_bookings
  GROUP BY
    booking_date
), days AS (
  SELECT
    calendar.day AS booking_date,
    coalesce(daily.bookings, 0) AS bookings
  FROM
    silver_calendar AS calendar
    CROSS JOIN (SELECT min(booking_date) AS first_day, max(booking_date) AS last_day FROM daily) AS ends
    LEFT JOIN daily ON daily.booking_date = calendar.day
  WHERE
    calendar.day >= ends.first_day AND calendar.day <= ends.last_day
), sums AS (
  SELECT
    booking_date,
    bookings,
    sum(bookings) OVER (
      ORDER BY booking_date
      ROWS BETWEEN 6 PRECEDING AND CURRENT ROW
    ) AS last_7,
    sum(bookings) OVER (
      ORDER BY booking_date
      ROWS BETWEEN 27 PRECEDING AND CURRENT ROW
    ) AS last_28,
    lag(bookings, 7) OVER (
      ORDER BY booking_date
    ) AS week_before
  FROM
    days
)
SELECT
  booking_date,
  bookings,
  CAST(round(CAST(last_7 AS DECIMAL(38,12)) / 7, 2) AS DOUBLE) AS bookings_7d_avg,
  CAST(round(CAST(last_28 AS DECIMAL(38,12)) / 28, 2) AS DOUBLE) AS bookings_28d_avg,
  CAST(round(CAST(100 * (bookings - week_before) AS DECIMAL(38,12)) / nullif(week_before, 0), 2) AS DOUBLE) AS wow_change_pct
FROM
  sums
) AS made;

-- gold_channel_attribution_now
SELECT
  month,
  channel,
  campaign,
  model,
  touches,
  conversions_credit,
  revenue_credit_minor,
  cash_credit_minor,
  cost_minor,
  roas,
  CAST(current_timestamp AS TIMESTAMP) AS as_of,
  currency,
  cost_currency
FROM (
WITH counted AS (
  SELECT
    calendar.month,
    spent.channel,
    spent.campaign,
    spent.amount_minor,
    spent.currency,
    CASE
      WHEN spent.counts THEN
        spent.amount_minor
    END AS counted_minor,
    CASE
      WHEN spent.counts THEN
        spent.currency
    END AS counted_currency
  FROM
    silver_counted_spend AS spent
    INNER JOIN silver_calendar AS calendar ON calendar.day = spent.day
), spend AS (
  SELECT
    month,
    channel,
    campaign,
    sum(counted_minor) AS counted_minor,
    CASE
      WHEN min(currency) = max(currency) THEN
        sum(amount_minor)
      ELSE
        sum(counted_minor)
    END AS amount_minor,
    CASE
      WHEN min(currency) = max(currency) THEN
        min(currency)
      ELSE
        min(counted_currency)
    END AS currency,
    min(counted_currency) AS counted_currency
  FROM
    counted
  GROUP BY
    month, channel, campaign
), credits AS (
  SELECT
    calendar.month,
    bookings.marketing_channel AS channel,
    bookings.utm_campaign AS campaign,
    'booking' AS model,
    CAST(1 AS BIGINT) AS touches,
    CAST(1000000 AS BIGINT) AS conversions_micro,
    CAST(0 AS BIGINT) AS revenue_minor,
    CAST(0 AS BIGINT) AS cash_minor,
    CAST(NULL AS BIGINT) AS amount_minor,
    CAST(NULL AS BIGINT) AS counted_minor,
    NULL AS currency,
    NULL AS cost_currency
  FROM
    silver_bookings AS bookings
    INNER JOIN silver_calendar AS calendar ON calendar.day = bookings.booking_date
  UNION ALL
  SELECT
    month,
    channel,
    campaign,
    'booking' AS model,
    CAST(0 AS BIGINT) AS touches,
    CAST(0 AS BIGINT) AS conversions_micro,
    CAST(0 AS BIGINT) AS revenue_minor,
    CAST(0 AS BIGINT) AS cash_minor,
    amount_minor,
    counted_minor,
    NULL AS currency,
    currency AS cost_currency
  FROM
    spend
  UNION ALL
  SELECT
    own.month,
    own.channel,
    own.campaign,
    own.model,
    own.touches,
    own.conversions_micro,
    own.revenue_minor,
    own.cash_minor,
    paid.amount_minor,
    paid.counted_minor,
    own.currency,
    paid.currency AS cost_currency
  FROM
    silver_attribution_credits AS own
    LEFT JOIN spend AS paid ON paid.month = own.month AND paid.channel = own.channel AND coalesce(paid.campaign, '') = coalesce(own.campaign, '')
  WHERE
    own.model NOT IN ('markov', 'shapley')
  UNION ALL
  SELECT
    own.month,
    own.channel,
    own.campaign,
    own.model,
    own.touches,
    own.conversions_micro,
    own.revenue_minor,
    own.cash_minor,
    paid.counted_minor AS amount_minor,
    paid.counted_minor,
    own.currency,
    paid.counted_currency AS cost_currency
  FROM
    silver_attribution_credits AS own
    LEFT JOIN (SELECT month, channel, sum(counted_minor) AS counted_minor, min(counted_currency) AS counted_currency FROM spend GROUP BY month, channel) AS paid ON paid.month = own.month AND paid.channel = own.channel
  WHERE
    own.model IN ('markov', 'shapley')
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
  CAST(round(CAST(sum(revenue_minor) AS DECIMAL(38,12)) / nullif(sum(counted_minor), 0), 2) AS DOUBLE) AS roas,
  max(currency) AS currency,
  max(cost_currency) AS cost_currency
FROM
  credits
GROUP BY
  month, channel, campaign, model
) AS made;

-- gold_cost_per_booking_now
SELECT
  booking_date,
  channel,
  campaign,
  spend_minor,
  bookings,
  attended,
  cost_per_booking_minor,
  cost_per_attended_minor,
  spend_status,
  CAST(current_timestamp AS TIMESTAMP) AS as_of,
  currency
FROM (
WITH spend AS (
  SELECT
    day,
    channel,
    campaign,
    amount_minor,
    currency
  FROM
    (
      SELECT
        *,
        row_number() OVER (
          PARTITION BY day, channel, campaign
          ORDER BY revision DESC
        ) AS place
      FROM
        silver_ad_spend
    ) AS revisions
  WHERE
    place = 1
), facts AS (
  SELECT
    booking_date,
    marketing_channel AS channel,
    utm_campaign AS campaign,
    CAST(NULL AS BIGINT) AS amount_minor,
    CAST(1 AS BIGINT) AS bookings,
    CASE
      WHEN outcome = 'attended' THEN
        1
      ELSE
        0
    END AS attended,
    NULL AS currency
  FROM
    silver_bookings
  UNION ALL
  SELECT
    day AS booking_date,
    channel,
    campaign,
    amount_minor,
    CAST(0 AS BIGINT) AS bookings,
    0 AS attended,
    currency
  FROM
    spend
), sums AS (
  SELECT
    booking_date,
    channel,
    campaign,
    sum(amount_minor) AS spend_minor,
    sum(bookings) AS bookings,
    sum(attended) AS attended,
    max(currency) AS currency
  FROM
    facts
  GROUP BY
    booking_date, channel, campaign
)
SELECT
  booking_date,
  channel,
  campaign,
  spend_minor,
  bookings,
  attended,
  CAST(round(CAST(spend_minor AS DECIMAL(38,12)) / nullif(bookings, 0), 0) AS BIGINT) AS cost_per_booking_minor,
  CAST(round(CAST(spend_minor AS DECIMAL(38,12)) / nullif(attended, 0), 0) AS BIGINT) AS cost_per_attended_minor,
  CASE
    WHEN spend_minor IS NULL THEN
      'missing'
    ELSE
      'known'
  END AS spend_status,
  currency
FROM
  sums
) AS made;

-- gold_daily_bookings_by_source_now
SELECT
  booking_date,
  utm_source,
  marketing_channel,
  bookings,
  unique_contacts,
  first_time_contacts,
  CAST(current_timestamp AS TIMESTAMP) AS as_of
FROM (
SELECT
  bookings.booking_date,
  bookings.utm_source,
  bookings.marketing_channel,
  count(*) AS bookings,
  count(DISTINCT bookings.contact_key) AS unique_contacts,
  sum(CASE WHEN bookings.chain_id = firsts.chain_id THEN 1 ELSE 0 END) AS first_time_contacts
FROM
  silver_bookings AS bookings
  INNER JOIN (SELECT contact_key, chain_id FROM (SELECT contact_key, chain_id, row_number() OVER (PARTITION BY contact_key ORDER BY booked_at, chain_id) AS place FROM silver_bookings) AS ordered WHERE place = 1) AS firsts ON firsts.contact_key = bookings.contact_key
GROUP BY
  bookings.booking_date, bookings.utm_source, bookings.marketing_channel
) AS made;
