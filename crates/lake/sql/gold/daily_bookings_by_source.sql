-- Bookings and people by day, source and channel.
-- contacts: distinct contacts of the key, and those whose very first chain lies in it.
SELECT booking_date, utm_source, marketing_channel, bookings, unique_contacts, first_time_contacts
FROM (
    SELECT
        booking_date,
        utm_source,
        channel AS marketing_channel,
        sum(booked) AS bookings,
        sum(unique_people) AS unique_contacts,
        sum(first_time_people) AS first_time_contacts
    FROM (
        SELECT booking_date, utm_source, channel, bookings AS booked, CAST(0 AS BIGINT) AS unique_people, CAST(0 AS BIGINT) AS first_time_people
        FROM daily
        UNION ALL
        SELECT booking_date, utm_source, channel, CAST(0 AS BIGINT), unique_contacts, first_time_contacts
        FROM contacts
    )
    GROUP BY booking_date, utm_source, channel
)
WHERE bookings > 0
