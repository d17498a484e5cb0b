-- Bookings and people by day, source and channel. Made again whole: a booking that arrives late can be its person's
-- first, and then the row of another month counts one person less.
SELECT
    bookings.booking_date,
    bookings.utm_source,
    bookings.marketing_channel,
    count(*) AS bookings,
    count(DISTINCT bookings.contact_key) AS unique_contacts,
    sum(CASE WHEN bookings.chain_id = firsts.chain_id THEN 1 ELSE 0 END) AS first_time_contacts
FROM silver.bookings AS bookings
INNER JOIN (
    SELECT contact_key, chain_id
    FROM (
        SELECT contact_key, chain_id,
            row_number() OVER (PARTITION BY contact_key ORDER BY booked_at, chain_id) AS place
        FROM silver.bookings
    ) AS ordered
    WHERE place = 1
) AS firsts ON firsts.contact_key = bookings.contact_key
GROUP BY bookings.booking_date, bookings.utm_source, bookings.marketing_channel
