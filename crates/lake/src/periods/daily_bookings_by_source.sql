-- Bookings and people of a period; a person counts once, however many days they booked on.
SELECT
    {name}
    count(*) AS bookings,
    count(DISTINCT bookings.contact_key) AS unique_contacts,
    coalesce(sum(CASE WHEN bookings.chain_id = firsts.chain_id THEN 1 ELSE 0 END), 0) AS first_time_contacts
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
WHERE {period}
{group}
