-- Bookings of a period and their mean over its days, which are those of the table: from the first to the last booking.
SELECT
    count(*) AS days,
    coalesce(sum(bookings), 0) AS bookings,
    CAST(round(CAST(sum(bookings) AS DECIMAL(20, 0)) / nullif(count(*), 0), 2) AS DOUBLE) AS bookings_per_day
FROM gold.bookings_trend
WHERE {period}
