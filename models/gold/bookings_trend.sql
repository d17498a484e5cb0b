-- Every calendar day from the first to the last booking, with what the days before it had.
WITH daily AS (
    SELECT booking_date, count(*) AS bookings FROM silver.bookings GROUP BY booking_date
),
days AS (
    SELECT calendar.day AS booking_date, coalesce(daily.bookings, 0) AS bookings
    FROM silver.calendar AS calendar
    CROSS JOIN (SELECT min(booking_date) AS first_day, max(booking_date) AS last_day FROM daily) AS ends
    LEFT JOIN daily ON daily.booking_date = calendar.day
    WHERE calendar.day >= ends.first_day AND calendar.day <= ends.last_day
),
sums AS (
    SELECT
        booking_date,
        bookings,
        sum(bookings) OVER (ORDER BY booking_date ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS last_7,
        sum(bookings) OVER (ORDER BY booking_date ROWS BETWEEN 27 PRECEDING AND CURRENT ROW) AS last_28,
        lag(bookings, 7) OVER (ORDER BY booking_date) AS week_before
    FROM days
)
SELECT
    booking_date,
    bookings,
    CAST(round(CAST(last_7 AS DECIMAL(20, 0)) / 7, 2) AS DOUBLE) AS bookings_7d_avg,
    CAST(round(CAST(last_28 AS DECIMAL(20, 0)) / 28, 2) AS DOUBLE) AS bookings_28d_avg,
    CAST(round(CAST(100 * (bookings - week_before) AS DECIMAL(20, 0)) / nullif(week_before, 0), 2) AS DOUBLE)
        AS wow_change_pct
FROM sums
