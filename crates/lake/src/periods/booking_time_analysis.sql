-- Bookings of a period and what became of them.
SELECT
    {name}
    count(*) AS bookings,
    coalesce(sum(CASE WHEN outcome = 'canceled' THEN 1 ELSE 0 END), 0) AS canceled,
    coalesce(sum(CASE WHEN outcome = 'attended' THEN 1 ELSE 0 END), 0) AS attended,
    coalesce(sum(CASE WHEN outcome = 'no_show' THEN 1 ELSE 0 END), 0) AS no_show,
    CAST(round(sum(CAST(lead_us AS DECIMAL(20, 0))) / (nullif(count(*), 0) * 3600000000), 2) AS DOUBLE) AS avg_lead_hours
FROM silver.bookings
WHERE {period}
{group}
