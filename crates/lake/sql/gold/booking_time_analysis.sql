-- One row per weekday, hour and channel of the chain's first booking.
-- hourly: exact sums over all chains of the key.
SELECT
    booking_day_of_week,
    booking_hour,
    marketing_channel,
    bookings,
    canceled,
    attended,
    no_show,
    ratio2(lead_us, bookings * 3600000000) AS avg_lead_hours
FROM hourly
WHERE bookings > 0
