-- One row per calendar day from the first to the last booking_date.
-- calendar: every day with its bookings, zeros filled; the wanted days and the 28 before them.
SELECT booking_date, bookings, bookings_7d_avg, bookings_28d_avg, wow_change_pct
FROM (
    SELECT
        booking_date,
        wanted,
        bookings,
        ratio2(sum(bookings) OVER (ORDER BY booking_date ROWS BETWEEN 6 PRECEDING AND CURRENT ROW), 7) AS bookings_7d_avg,
        ratio2(sum(bookings) OVER (ORDER BY booking_date ROWS BETWEEN 27 PRECEDING AND CURRENT ROW), 28) AS bookings_28d_avg,
        percent2(bookings - lag(bookings, 7) OVER (ORDER BY booking_date), lag(bookings, 7) OVER (ORDER BY booking_date)) AS wow_change_pct
    FROM calendar
)
WHERE wanted
