-- Bookings by weekday, hour and channel.
SELECT
    booking_day_of_week,
    booking_hour,
    marketing_channel,
    count(*) AS bookings,
    sum(CASE WHEN outcome = 'canceled' THEN 1 ELSE 0 END) AS canceled,
    sum(CASE WHEN outcome = 'attended' THEN 1 ELSE 0 END) AS attended,
    sum(CASE WHEN outcome = 'no_show' THEN 1 ELSE 0 END) AS no_show,
    CAST(round(sum(CAST(lead_us AS DECIMAL(20, 0))) / (count(*) * 3600000000), 2) AS DOUBLE) AS avg_lead_hours
FROM silver.bookings
GROUP BY booking_day_of_week, booking_hour, marketing_channel
