"""Full run with DuckDB and delta-rs: bronze NDJSON to silver and the five gold tables.

One scan transforms each line to the keys that silver needs; everything after it is SQL over temporary
tables, and results stream to the Delta writer as Arrow batches.
"""

from __future__ import annotations

import json

import duckdb
from peer_io import (
    AD_SPEND,
    INVITEES,
    KINDS,
    NO_SHOW_MARKS,
    REJECTED,
    SILVER_COLUMNS,
    Run,
    is_zone,
    overwrite,
    parse_run,
)

STRING_KEYS = (
    "webhook_event webhook_created_at invitee_uri invitee_email invitee_name invitee_first_name "
    "invitee_last_name invitee_status invitee_timezone invitee_phone event_name event_status event_type "
    "location_type location_join_url utm_campaign utm_source utm_medium utm_content utm_term "
    "marketing_channel raw_sha256"
).split()
TIME_KEYS = ("invitee_created_at invitee_updated_at event_start_time event_end_time event_created_at").split()
RECORD_SHAPE = dict.fromkeys([*STRING_KEYS, *TIME_KEYS], "VARCHAR") | {
    "invitee_rescheduled": "BOOLEAN",
    "payload": {
        "old_invitee": "VARCHAR",
        "new_invitee": "VARCHAR",
        "event": "VARCHAR",
        "no_show": {"uri": "VARCHAR", "created_at": "VARCHAR"},
        "cancellation": {"created_at": "VARCHAR"},
        "scheduled_event": {
            "uri": "VARCHAR",
            "event_memberships": [{"user_email": "VARCHAR", "user_name": "VARCHAR"}],
        },
    },
}

MACROS = """
CREATE TEMP MACRO instant(t) AS CASE
    WHEN ends_with(t, 'Z') OR regexp_matches(t, '[+-][0-9]{2}:[0-9]{2}$') THEN TRY_CAST(t AS TIMESTAMPTZ) END;
-- At most the first 65,536 bytes, never half a character.
CREATE TEMP MACRO cut(t) AS CASE WHEN strlen(t) <= 65536 THEN t ELSE coalesce(
    TRY(decode(encode(t)[1:65536])), TRY(decode(encode(t)[1:65535])),
    TRY(decode(encode(t)[1:65534])), TRY(decode(encode(t)[1:65533]))) END;
CREATE TEMP MACRO divided(n, d) AS
    CASE WHEN d <> 0 THEN (sign(n) * ((2 * abs(n) + d) // (2 * d)))::BIGINT END;
CREATE TEMP MACRO hundredths(n, d) AS divided(100 * n, d) / 100;
"""

# Lines keep their order, so that a rejected record's line number follows from its rowid.
RECORDS = """
CREATE TEMP TABLE records AS
WITH typed AS (
    SELECT filename, json AS line, json IS NULL OR NOT starts_with(json, '{{') AS malformed,
        {strings}, {times}, r.invitee_rescheduled,
        r.payload.old_invitee AS old_invitee_uri, r.payload.new_invitee AS new_invitee_uri,
        coalesce(r.payload.event, r.payload.scheduled_event.uri) AS event_uri,
        r.payload.scheduled_event.event_memberships[1].user_email AS host_email,
        r.payload.scheduled_event.event_memberships[1].user_name AS host_name,
        r.payload.no_show IS NOT NULL AS has_no_show, r.payload.no_show.created_at AS no_show_created_at,
        instant(r.payload.cancellation.created_at) AS canceled_at
    FROM (
        SELECT filename, json, json_transform(json, $shape) AS r
        FROM read_ndjson_objects($files, filename = true, hive_partitioning = false, ignore_errors = true)
    )
), judged AS (
    SELECT *, malformed OR coalesce(webhook_event IN {kinds}, false) AS wanted,
        CASE
            WHEN NOT wanted THEN NULL
            WHEN malformed THEN 'invalid_json'
            WHEN coalesce(invitee_uri, '') = '' THEN 'missing_invitee_uri'
            WHEN coalesce(invitee_email, '') = '' THEN 'missing_email'
            WHEN invitee_created_at IS NULL THEN 'invalid_created_at'
            WHEN invitee_updated_at IS NULL THEN 'invalid_updated_at'
            WHEN event_start_time IS NULL THEN 'invalid_start_time'
            WHEN event_end_time IS NULL THEN 'invalid_end_time'
            WHEN coalesce(invitee_status NOT IN ('active', 'canceled'), true) THEN 'invalid_status'
        END AS reason
    FROM typed
)
SELECT * EXCLUDE (line, malformed, wanted), wanted AND reason IS NULL AS valid,
    CASE WHEN reason IS NOT NULL THEN line END AS line
FROM judged
"""

# DuckDB answers a malformed line as NULL; its text is read again from the file.
UNREADABLE_FILES = "SELECT DISTINCT filename FROM records WHERE reason = 'invalid_json' AND line IS NULL"
UNREADABLE_TEXTS = "INSERT INTO texts SELECT filename, string_split(content, chr(10)) FROM read_text($files)"
REJECTED_ROWS = """
WITH first_rows AS (
    SELECT filename, min(rowid) AS first_row FROM records GROUP BY filename
), invalid AS (
    SELECT r.*, r.rowid - first_row + 1 AS number
    FROM records r JOIN first_rows USING (filename) WHERE reason IS NOT NULL
)
SELECT reason, 'bronze/' || filename[length($root) + 2:] AS bronze_object, number::INTEGER AS line,
    cut(coalesce(i.line::VARCHAR, t.lines[number])) AS record, raw_sha256, $now AS rejected_at
FROM invalid i LEFT JOIN texts t USING (filename)
"""

NO_SHOW_MARK_ROWS = """
SELECT invitee_uri,
    max(coalesce(instant(no_show_created_at), instant(webhook_created_at)))
        FILTER (webhook_event <> 'invitee_no_show.deleted') AS marked_at,
    max(instant(webhook_created_at)) FILTER (webhook_event = 'invitee_no_show.deleted') AS taken_back_at
FROM records
WHERE valid AND (has_no_show OR webhook_event IN ('invitee_no_show.created', 'invitee_no_show.deleted'))
GROUP BY invitee_uri
"""

SNAPSHOTS = """
CREATE TEMP TABLE newest AS
SELECT arg_max(rowid, epoch_us(invitee_updated_at) * 4 + (invitee_status = 'canceled')::INT * 2
    + has_no_show::INT) AS row
FROM records WHERE valid GROUP BY invitee_uri;
CREATE TEMP VIEW snapshots AS SELECT * FROM records WHERE rowid IN (SELECT row FROM newest);
"""

CHAINS = """
CREATE TEMP TABLE links AS
WITH named AS (
    SELECT invitee_uri AS a, unnest([nullif(old_invitee_uri, ''), nullif(new_invitee_uri, '')]) AS b
    FROM snapshots WHERE old_invitee_uri IS NOT NULL OR new_invitee_uri IS NOT NULL
)
SELECT a, b FROM named WHERE b IS NOT NULL UNION SELECT b, a FROM named WHERE b IS NOT NULL;

CREATE TEMP TABLE chain_ids AS
WITH RECURSIVE labels(uri, label) USING KEY (uri) AS (
    SELECT DISTINCT a, a FROM links
    UNION
    SELECT mine.uri, min(theirs.label)
    FROM labels theirs JOIN links ON links.a = theirs.uri JOIN recurring.labels mine ON mine.uri = links.b
    WHERE theirs.label < mine.label GROUP BY mine.uri
)
SELECT uri AS invitee_uri,
    first(uri) OVER (PARTITION BY label ORDER BY invitee_created_at, uri) AS chain_id
FROM labels JOIN snapshots ON snapshots.invitee_uri = labels.uri;
"""

# A view: the wide rows stream to Delta and the narrow ones to `chains` without being kept.
INVITEE_ROWS = """
CREATE TEMP VIEW invitees AS
WITH joined AS (
    SELECT s.* REPLACE ({empty_to_null},
            lower(trim(invitee_email)) AS invitee_email,
            coalesce(nullif(marketing_channel, ''), 'unknown') AS marketing_channel,
            coalesce(invitee_rescheduled, false) AS invitee_rescheduled),
        coalesce(chain_id, invitee_uri) AS chain_id,
        invitee_status = 'canceled' AS invitee_canceled,
        timezone(getvariable('zone'), invitee_created_at) AS booked,
        zones.name AS own_zone,
        marked_at IS NOT NULL AND (taken_back_at IS NULL OR marked_at > taken_back_at) AS in_force,
        in_force AND event_start_time <= getvariable('as_of') AS no_show,
        taken_back_at IS NOT NULL AND NOT in_force AS withdrawn
    FROM snapshots s
    LEFT JOIN marks USING (invitee_uri)
    LEFT JOIN chain_ids USING (invitee_uri)
    LEFT JOIN zones ON zones.name = invitee_timezone
), derived AS (
    SELECT *, booked::DATE AS booking_date, year(booked)::INTEGER AS booking_year,
        month(booked)::INTEGER AS booking_month, dayname(booked) AS booking_day_of_week,
        hour(booked)::INTEGER AS booking_hour, getvariable('now') AS processed_at,
        CASE
            WHEN invitee_canceled AND coalesce(canceled_at, invitee_updated_at) >= event_start_time
                THEN 'canceled_late'
            WHEN invitee_canceled THEN 'canceled_early'
            WHEN no_show THEN 'no_show'
            WHEN event_end_time <= getvariable('as_of') THEN 'attended'
            ELSE 'pending'
        END AS attendance,
        CASE WHEN invitee_canceled OR no_show OR (withdrawn AND event_end_time <= getvariable('as_of'))
            THEN 'calendly' ELSE 'default' END AS attendance_source,
        hour(timezone(own_zone, invitee_created_at))::INTEGER AS booking_hour_local,
        hour(timezone(own_zone, event_start_time))::INTEGER AS event_hour_local
    FROM joined
)
SELECT {silver} FROM derived
"""

CHAIN_ROWS = """
CREATE TEMP TABLE chains AS
WITH longer AS (
    SELECT DISTINCT chain_id FROM invitees WHERE chain_id <> invitee_uri
), members AS (
    SELECT chain_id, booking_date, booking_hour, booking_day_of_week, utm_source, utm_campaign,
        marketing_channel, invitee_created_at AS created_at, invitee_email, event_start_time, attendance,
        invitee_canceled AND invitee_rescheduled AS superseded, invitee_uri
    FROM invitees
), chain AS (
    SELECT * EXCLUDE (invitee_uri) FROM members WHERE chain_id NOT IN (FROM longer)
    UNION ALL
    SELECT * EXCLUDE (invitee_uri) REPLACE (
        last(event_start_time) OVER whole AS event_start_time,
        last(attendance) OVER whole AS attendance,
        last(superseded) OVER whole AS superseded)
    FROM members WHERE chain_id IN (FROM longer)
    WINDOW whole AS (PARTITION BY chain_id ORDER BY created_at, invitee_uri
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    QUALIFY row_number() OVER (PARTITION BY chain_id ORDER BY created_at, invitee_uri) = 1
)
SELECT * EXCLUDE (invitee_email, event_start_time, attendance, superseded),
    invitee_email AS contact,
    epoch_us(event_start_time) - epoch_us(created_at) AS lead_us,
    NOT superseded AND starts_with(attendance, 'canceled') AS canceled,
    NOT superseded AND attendance = 'attended' AS attended,
    NOT superseded AND attendance = 'no_show' AS no_show
FROM chain
"""

SPEND_TABLE = """
CREATE TEMP TABLE spend(day DATE, channel VARCHAR, campaign VARCHAR, amount_minor BIGINT, currency VARCHAR)
"""
SPEND_ROWS = """
INSERT INTO spend
SELECT date AS day, channel, NULL::VARCHAR AS campaign,
    round(arg_max(spend, (filename, number)) * 100)::BIGINT AS amount_minor, 'USD' AS currency
FROM (
    SELECT *, row_number() OVER () AS number
    FROM read_json($files, format = 'newline_delimited', filename = true, hive_partitioning = false,
        columns = {date: 'DATE', channel: 'VARCHAR', spend: 'DOUBLE'})
)
GROUP BY ALL
"""

GOLD = {
    "booking_time_analysis": """
        SELECT booking_day_of_week, booking_hour, marketing_channel, count(*) AS bookings,
            count_if(canceled)::BIGINT AS canceled, count_if(attended)::BIGINT AS attended,
            count_if(no_show)::BIGINT AS no_show,
            divided(sum(lead_us)::BIGINT, count(*) * 36000000) / 100 AS avg_lead_hours
        FROM chains GROUP BY booking_day_of_week, booking_hour, marketing_channel""",
    "bookings_trend": """
        WITH booked AS (
            SELECT booking_date, count(*) AS bookings FROM chains GROUP BY booking_date
        ), days AS (
            SELECT unnest(generate_series(min(booking_date), max(booking_date), INTERVAL 1 DAY))::DATE
                AS booking_date
            FROM booked
        ), filled AS (
            SELECT booking_date, coalesce(bookings, 0) AS bookings FROM days LEFT JOIN booked USING (booking_date)
        ), windows AS (
            SELECT *, lag(bookings, 7) OVER by_day AS last_week,
                sum(bookings) OVER (by_day ROWS 6 PRECEDING)::BIGINT AS sum_7,
                sum(bookings) OVER (by_day ROWS 27 PRECEDING)::BIGINT AS sum_28
            FROM filled WINDOW by_day AS (ORDER BY booking_date)
        )
        SELECT booking_date, bookings, hundredths(sum_7, 7) AS bookings_7d_avg,
            hundredths(sum_28, 28) AS bookings_28d_avg,
            hundredths(100 * (bookings - last_week), last_week) AS wow_change_pct
        FROM windows""",
    "channel_attribution": """
        WITH booked AS (
            SELECT strftime(booking_date, '%Y-%m') AS month, marketing_channel AS channel,
                utm_campaign AS campaign, count(*) AS touches
            FROM chains GROUP BY ALL
        ), spent AS (
            SELECT strftime(day, '%Y-%m') AS month, channel, campaign, sum(amount_minor)::BIGINT AS cost_minor
            FROM spend GROUP BY ALL
        )
        SELECT coalesce(b.month, s.month) AS month, coalesce(b.channel, s.channel) AS channel,
            coalesce(b.campaign, s.campaign) AS campaign, 'booking' AS model,
            coalesce(touches, 0) AS touches, coalesce(touches, 0)::DOUBLE AS conversions_credit,
            0::BIGINT AS revenue_credit_minor, 0::BIGINT AS cash_credit_minor, cost_minor,
            hundredths(0::BIGINT, cost_minor) AS roas
        FROM booked b FULL JOIN spent s
            ON b.month = s.month AND b.channel = s.channel AND b.campaign IS NOT DISTINCT FROM s.campaign""",
    "cost_per_booking": """
        WITH booked AS (
            SELECT booking_date, marketing_channel AS channel, utm_campaign AS campaign,
                count(*) AS bookings, count_if(attended)::BIGINT AS attended
            FROM chains GROUP BY ALL
        )
        SELECT coalesce(b.booking_date, s.day) AS booking_date, coalesce(b.channel, s.channel) AS channel,
            coalesce(b.campaign, s.campaign) AS campaign, amount_minor AS spend_minor,
            coalesce(b.bookings, 0) AS bookings, coalesce(b.attended, 0) AS attended,
            divided(amount_minor, b.bookings) AS cost_per_booking_minor,
            divided(amount_minor, b.attended) AS cost_per_attended_minor,
            CASE WHEN amount_minor IS NULL THEN 'missing' ELSE 'known' END AS spend_status
        FROM booked b FULL JOIN spend s
            ON b.booking_date = s.day AND b.channel = s.channel AND b.campaign IS NOT DISTINCT FROM s.campaign""",
    "daily_bookings_by_source": """
        WITH ranked AS (
            SELECT booking_date, utm_source, marketing_channel, contact,
                row_number() OVER (PARTITION BY contact ORDER BY created_at, chain_id) = 1 AS is_first
            FROM chains
        )
        SELECT booking_date, utm_source, marketing_channel, count(*) AS bookings,
            count(DISTINCT contact) AS unique_contacts, count_if(is_first)::BIGINT AS first_time_contacts
        FROM ranked GROUP BY booking_date, utm_source, marketing_channel""",
}


def connect() -> duckdb.DuckDBPyConnection:
    """A database in memory that thinks in UTC."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute(MACROS)
    return con


def read_records(con: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Fill `records` from the tree."""
    query = RECORDS.format(
        kinds=KINDS,
        strings=", ".join(f"r.{name}" for name in STRING_KEYS),
        times=", ".join(f"instant(r.{name}) AS {name}" for name in TIME_KEYS),
    )
    con.execute(query, {"shape": json.dumps(RECORD_SHAPE), "files": [str(f) for f in run.bronze_files()]})


def write_rejected(con: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Write silver/rejected with the text of every rejected line."""
    con.execute("CREATE TEMP TABLE texts(filename VARCHAR, lines VARCHAR[])")
    unreadable = [name for (name,) in con.execute(UNREADABLE_FILES).fetchall()]
    if unreadable:
        con.execute(UNREADABLE_TEXTS, {"files": unreadable})
    write(con, run, REJECTED, REJECTED_ROWS, root=str(run.bronze), now=run.now)


def build_silver(con: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Define `invitees` and what it is made of; fill `spend`."""
    con.execute(f"CREATE TEMP TABLE marks AS {NO_SHOW_MARK_ROWS}")
    con.execute(SNAPSHOTS)
    con.execute(CHAINS)
    named = con.execute("SELECT DISTINCT invitee_timezone FROM records WHERE valid AND invitee_timezone <> ''")
    known = [zone for (zone,) in named.fetchall() if is_zone(zone)]
    con.execute("CREATE TEMP TABLE zones AS SELECT unnest($known) AS name", {"known": known})
    nullable = set(STRING_KEYS) | {"old_invitee_uri", "new_invitee_uri", "event_uri", "host_email", "host_name"}
    nullable -= {"webhook_event", "webhook_created_at", "invitee_uri", "invitee_email", "marketing_channel"}
    empty_to_null = ", ".join(f"nullif({name}, '') AS {name}" for name in sorted(nullable))
    for name, value in (("zone", run.zone), ("as_of", run.as_of), ("now", run.now)):
        con.execute(f"SET VARIABLE {name} = $value", {"value": value})
    con.execute(INVITEE_ROWS.format(empty_to_null=empty_to_null, silver=", ".join(SILVER_COLUMNS)))
    con.execute(SPEND_TABLE)
    spend_files = [str(f) for f in run.spend_files()]
    if spend_files:
        con.execute(SPEND_ROWS, {"files": spend_files})


def write(con: duckdb.DuckDBPyConnection, run: Run, table: str, query: str, **parameters: object) -> None:
    """Stream a query's result to a Delta table."""
    overwrite(run, table, con.sql(query, params=parameters).to_arrow_reader())


def main() -> None:
    run = parse_run(__doc__)
    con = connect()
    read_records(con, run)
    write_rejected(con, run)
    con.execute("SET preserve_insertion_order = false")
    build_silver(con, run)
    write(con, run, INVITEES, "FROM invitees")
    write(con, run, NO_SHOW_MARKS, "FROM marks")
    write(con, run, AD_SPEND, "FROM spend")
    con.execute(CHAIN_ROWS)
    con.execute("DROP VIEW invitees; DROP VIEW snapshots; DROP TABLE records")
    for name, query in GOLD.items():
        write(con, run, f"gold/{name}", f"SELECT *, $as_of AS as_of FROM ({query})", as_of=run.as_of)


if __name__ == "__main__":
    main()
