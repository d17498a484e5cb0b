-- Bookings and people by day, source and channel.
-- contacts: distinct contacts of the key, and those whose very first chain lies in it.
SELECT
    booking_date,
    utm_source,
    marketing_channel,
    sum(bookings) AS bookings,
    sum(unique_contacts) AS unique_contacts,
    sum(first_time_contacts) AS first_time_contacts
FROM (
    SELECT booking_date, utm_source, channel AS marketing_channel, bookings, CAST(0 AS BIGINT) AS unique_contacts, CAST(0 AS BIGINT) AS first_time_contacts
    FROM daily
    UNION ALL
    SELECT booking_date, utm_source, channel, CAST(0 AS BIGINT), unique_contacts, first_time_contacts
    FROM contacts
)
GROUP BY booking_date, utm_source, marketing_channel
HAVING sum(bookings) > 0
