"""Full run with Polars and delta-rs: bronze NDJSON to silver and the five gold tables.

The records go through the streaming engine once; only the columns that silver needs are decoded and
a raw line is kept only when its record is rejected.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
from peer_io import (
    AD_SPEND,
    INVITEES,
    KINDS,
    NO_SHOW_MARKS,
    RECORD_LIMIT_BYTES,
    REJECTED,
    SILVER_COLUMNS,
    Run,
    is_zone,
    overwrite,
    parse_run,
)

INSTANT = pl.Datetime("us", "UTC")
HOUR_US = 3_600_000_000
STRING_KEYS = (
    "webhook_event webhook_created_at invitee_uri invitee_email invitee_name invitee_first_name "
    "invitee_last_name invitee_status invitee_timezone invitee_phone invitee_created_at "
    "invitee_updated_at event_name event_status event_type event_start_time event_end_time "
    "event_created_at location_type location_join_url utm_campaign utm_source utm_medium utm_content "
    "utm_term marketing_channel raw_sha256"
).split()
TIME_KEYS = ("invitee_created_at invitee_updated_at event_start_time event_end_time event_created_at").split()
HOST_DTYPE = pl.Struct({"user_email": pl.String, "user_name": pl.String})
PAYLOAD_DTYPE = pl.Struct(
    {
        "old_invitee": pl.String,
        "new_invitee": pl.String,
        "event": pl.String,
        "no_show": pl.Struct({"uri": pl.String, "created_at": pl.String}),
        "cancellation": pl.Struct({"created_at": pl.String}),
        "scheduled_event": pl.Struct({"uri": pl.String, "event_memberships": pl.List(HOST_DTYPE)}),
    }
)
RECORD_DTYPE = pl.Struct(
    dict.fromkeys(STRING_KEYS, pl.String) | {"invitee_rescheduled": pl.Boolean, "payload": PAYLOAD_DTYPE}
)
BOOKING_COLUMNS = (
    "booking_date booking_hour booking_day_of_week utm_source utm_campaign marketing_channel "
    "invitee_created_at invitee_email"
).split()
OUTCOME_COLUMNS = "event_start_time attendance invitee_canceled invitee_rescheduled".split()
SPEND_KEY = ["day", "channel", "campaign"]
DAY_NAMES = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def parse_instant(text: pl.Expr) -> pl.Expr:
    """RFC 3339 text as an instant, NULL when it is none."""
    return text.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)


def is_missing(name: str) -> pl.Expr:
    """NULL or the empty string."""
    return pl.col(name).is_null() | (pl.col(name) == "")


def rejection() -> pl.Expr:
    """The first rule that a record breaks, NULL for a valid one."""
    return (
        pl.when(pl.col("malformed")).then(pl.lit("invalid_json"))
        .when(is_missing("invitee_uri")).then(pl.lit("missing_invitee_uri"))
        .when(is_missing("invitee_email")).then(pl.lit("missing_email"))
        .when(pl.col("invitee_created_at").is_null()).then(pl.lit("invalid_created_at"))
        .when(pl.col("invitee_updated_at").is_null()).then(pl.lit("invalid_updated_at"))
        .when(pl.col("event_start_time").is_null()).then(pl.lit("invalid_start_time"))
        .when(pl.col("event_end_time").is_null()).then(pl.lit("invalid_end_time"))
        .when(~pl.col("invitee_status").is_in(["active", "canceled"]).fill_null(False))
        .then(pl.lit("invalid_status"))
    )  # fmt: skip


def payload_columns() -> list[pl.Expr]:
    """What silver takes from the webhook's own payload."""
    payload = pl.col("payload")
    event = payload.struct.field("scheduled_event")
    host = event.struct.field("event_memberships").list.first()
    no_show = payload.struct.field("no_show")
    return [
        payload.struct.field("old_invitee").alias("old_invitee_uri"),
        payload.struct.field("new_invitee").alias("new_invitee_uri"),
        pl.coalesce(payload.struct.field("event"), event.struct.field("uri")).alias("event_uri"),
        host.struct.field("user_email").alias("host_email"),
        host.struct.field("user_name").alias("host_name"),
        no_show.is_not_null().alias("has_no_show"),
        no_show.struct.field("created_at").alias("no_show_created_at"),
        parse_instant(payload.struct.field("cancellation").struct.field("created_at")).alias("canceled_at"),
    ]


def copied(text: pl.Expr) -> pl.Expr:
    """The same text in buffers of its own; a view would keep the whole input in memory."""
    return pl.concat_str(text, pl.lit(""))


def scan_records(files: list[Path], malformed: pl.Expr) -> pl.LazyFrame:
    """Every line of the files as a typed record with the rule it breaks."""
    return (
        pl.scan_lines(files, name="line", row_index_name="position", include_file_paths="file")
        .with_columns(malformed=malformed)
        .with_columns(
            record=pl.when(~pl.col("malformed") & (pl.col("line") != "")).then("line").str.json_decode(RECORD_DTYPE)
        )
        .unnest("record")
        .with_columns(*payload_columns(), *(parse_instant(pl.col(name)) for name in TIME_KEYS))
        .with_columns(wanted=pl.col("malformed") | pl.col("webhook_event").is_in(KINDS).fill_null(False))
        .with_columns(reason=pl.when("wanted").then(rejection()))
        .with_columns(
            valid=pl.col("wanted") & pl.col("reason").is_null(),
            line=copied(pl.when(pl.col("reason").is_not_null()).then("line")),
        )
        .drop("payload", "malformed", "wanted")
    )


def read_records(run: Run) -> pl.DataFrame:
    """All lines of the tree; malformed ones are looked for only when decoding met one."""
    files = run.bronze_files()
    try:
        return scan_records(files, pl.lit(False)).collect(engine="streaming")
    except pl.exceptions.ComputeError:
        is_object = pl.col("line").str.json_path_match("$").str.starts_with("{").fill_null(False)
        malformed = (pl.col("line") != "") & ~is_object
        return scan_records(files, malformed).collect(engine="streaming")


def rejected_rows(run: Run, records: pl.DataFrame) -> pl.DataFrame:
    """Rows of silver/rejected."""
    first_lines = records.group_by("file").agg(first=pl.col("position").min())
    object_path = pl.col("file").str.strip_prefix(str(run.bronze) + "/")
    return (
        records.filter(pl.col("reason").is_not_null())
        .join(first_lines, on="file")
        .select(
            "reason",
            bronze_object=pl.lit("bronze/") + object_path,
            line=(pl.col("position") - pl.col("first") + 1).cast(pl.Int32),
            record=pl.col("line").map_elements(cut, return_dtype=pl.String),  # few rows
            raw_sha256="raw_sha256",
            rejected_at=pl.lit(run.now, INSTANT),
        )
    )


def cut(text: str) -> str:
    """At most the first 65,536 bytes, never half a character."""
    return text.encode()[:RECORD_LIMIT_BYTES].decode(errors="ignore")


def no_show_marks(records: pl.DataFrame) -> pl.DataFrame:
    """Per invitee the newest time that a no-show was marked and the newest that it was taken back."""
    event = pl.col("webhook_event")
    taken_back = event == "invitee_no_show.deleted"
    marked = (event == "invitee_no_show.created") | (pl.col("has_no_show") & ~taken_back)
    delivered_at = parse_instant(pl.col("webhook_created_at"))
    marked_at = pl.coalesce(parse_instant(pl.col("no_show_created_at")), delivered_at)
    return (
        records.filter(pl.col("valid") & (marked | taken_back))
        .select(
            "invitee_uri",
            marked_at=pl.when(marked).then(marked_at),
            taken_back_at=pl.when(taken_back).then(delivered_at),
        )
        .group_by("invitee_uri")
        .max()
    )


def newest_snapshots(records: pl.DataFrame) -> pl.DataFrame:
    """One record an invitee: the greatest by updated_at, canceled before active, no-show before none."""
    rank = (
        pl.col("invitee_updated_at").dt.epoch("us") * 4
        + (pl.col("invitee_status") == "canceled").cast(pl.Int64) * 2
        + pl.col("has_no_show").cast(pl.Int64)
    )
    newest = (
        records.lazy()
        .select("invitee_uri", "valid", rank=rank)
        .with_row_index("row")
        .filter("valid")
        .group_by("invitee_uri")
        .agg(row=pl.col("row").max_by("rank"))
        .select("row")
        .collect()
    )
    return records.drop("valid", "reason", "line", "position", "file")[newest["row"]]


def hour_in_own_zone(when: str, zones: list[str]) -> pl.Expr:
    """The hour of an instant in each row's invitee_timezone, NULL for an unknown one."""
    hour = pl.lit(None, pl.Int32)
    for zone in zones:
        local = pl.col(when).dt.convert_time_zone(zone).dt.hour().cast(pl.Int32)
        hour = pl.when(pl.col("invitee_timezone") == zone).then(local).otherwise(hour)
    return hour


def attendance(as_of: dt.datetime) -> list[pl.Expr]:
    """The attendance of a row at an instant, and who says so."""
    canceled = pl.col("invitee_status") == "canceled"
    late = pl.coalesce("canceled_at", "invitee_updated_at") >= pl.col("event_start_time")
    in_force = pl.col("marked_at").is_not_null() & (
        pl.col("taken_back_at").is_null() | (pl.col("marked_at") > pl.col("taken_back_at"))
    )
    no_show = in_force & (pl.col("event_start_time") <= as_of)
    ended = pl.col("event_end_time") <= as_of
    withdrawn = pl.col("taken_back_at").is_not_null() & ~in_force
    said_by_vendor = canceled | no_show | (ended & withdrawn)
    return [
        pl.when(canceled & late).then(pl.lit("canceled_late"))
        .when(canceled).then(pl.lit("canceled_early"))
        .when(no_show).then(pl.lit("no_show"))
        .when(ended).then(pl.lit("attended"))
        .otherwise(pl.lit("pending"))
        .alias("attendance"),
        pl.when(said_by_vendor).then(pl.lit("calendly")).otherwise(pl.lit("default"))
        .alias("attendance_source"),
    ]  # fmt: skip


def chain_ids(rows: pl.DataFrame) -> pl.DataFrame:
    """invitee_uri and chain_id of the rows that name another invitee or are named by one.

    Connected components over all named URIs: the smallest node number spreads along the links, with
    pointer jumping, until nothing changes.
    """
    links = pl.concat(
        rows.lazy().select(a="invitee_uri", b=name).drop_nulls() for name in ("old_invitee_uri", "new_invitee_uri")
    ).collect()
    nodes = pl.concat([links["a"], links["b"]]).unique().rename("uri").to_frame().with_row_index("node")
    numbered = links.join(nodes, left_on="a", right_on="uri").join(nodes, left_on="b", right_on="uri")
    a, b = numbered["node"], numbered["node_right"]
    ends = pl.concat([a, b]).rename("node").to_frame()
    label = nodes["node"]
    while True:
        smaller = pl.select(pl.min_horizontal(label.gather(a), label.gather(b))).to_series()
        offers = ends.with_columns(offer=pl.concat([smaller, smaller])).group_by("node").min()
        offered = nodes.select("node").join(offers, on="node", how="left", maintain_order="left")["offer"]
        jumped = offered.gather(offered)
        if jumped.equals(label):
            break
        label = jumped
    first_member = pl.col("invitee_uri").sort_by("invitee_created_at", "invitee_uri").first()
    return (
        nodes.select(invitee_uri="uri", chain=label)
        .join(rows.select("invitee_uri", "invitee_created_at"), on="invitee_uri")
        .select("invitee_uri", chain_id=first_member.over("chain"))
    )


def silver_invitees(snapshots: pl.DataFrame, marks: pl.DataFrame, run: Run) -> pl.DataFrame:
    """Snapshots with every derived column except chain_id."""
    known_zones = [zone for zone in snapshots["invitee_timezone"].unique().drop_nulls() if is_zone(zone)]
    booked = pl.col("invitee_created_at").dt.convert_time_zone(run.zone)
    text = pl.col(pl.String)
    return (
        snapshots.lazy()
        .with_columns(pl.when(text != "").then(text))
        .join(marks.lazy(), on="invitee_uri", how="left")
        .with_columns(
            *attendance(run.as_of),
            invitee_email=pl.col("invitee_email").str.strip_chars().str.to_lowercase(),
            invitee_canceled=pl.col("invitee_status") == "canceled",
            invitee_rescheduled=pl.col("invitee_rescheduled").fill_null(False),
            marketing_channel=pl.col("marketing_channel").fill_null("unknown"),
            booking_date=booked.dt.date(),
            booking_year=booked.dt.year().cast(pl.Int32),
            booking_month=booked.dt.month().cast(pl.Int32),
            booking_day_of_week=booked.dt.weekday().replace_strict(range(1, 8), DAY_NAMES, return_dtype=pl.String),
            booking_hour=booked.dt.hour().cast(pl.Int32),
            booking_hour_local=hour_in_own_zone("invitee_created_at", known_zones),
            event_hour_local=hour_in_own_zone("event_start_time", known_zones),
            processed_at=pl.lit(run.now, INSTANT),
        )
        .collect()
    )


def with_chains(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with their chain_id, in the order of the silver columns."""
    return (
        rows.join(chain_ids(rows), on="invitee_uri", how="left")
        .with_columns(pl.coalesce("chain_id", "invitee_uri").alias("chain_id"))
        .select(SILVER_COLUMNS)
    )


def chains(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a chain: the booking's facts of its first member, the outcome of its newest."""
    columns = ["chain_id", *BOOKING_COLUMNS, *OUTCOME_COLUMNS]
    longer = rows.filter(pl.col("chain_id") != pl.col("invitee_uri"))["chain_id"].unique()
    in_longer = pl.col("chain_id").is_in(longer.implode())
    single = rows.filter(~in_longer).select(columns)
    multiple = (
        rows.filter(in_longer)
        .sort("invitee_created_at", "invitee_uri")
        .group_by("chain_id")
        .agg(pl.col(BOOKING_COLUMNS).first(), pl.col(OUTCOME_COLUMNS).last())
    )
    known = ~(pl.col("invitee_canceled") & pl.col("invitee_rescheduled"))
    return pl.concat([single, multiple]).select(
        "chain_id",
        *BOOKING_COLUMNS,
        contact="invitee_email",
        lead_us=(pl.col("event_start_time") - pl.col("invitee_created_at")).dt.total_microseconds(),
        canceled=known & pl.col("attendance").str.starts_with("canceled"),
        attended=known & (pl.col("attendance") == "attended"),
        no_show=known & (pl.col("attendance") == "no_show"),
    )


def count_of(flag: str) -> pl.Expr:
    """How many rows have the flag."""
    return pl.col(flag).sum().cast(pl.Int64)


def divided(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """The integer quotient, halves away from zero; NULL over zero."""
    quotient = (2 * numerator.abs() + denominator) // (2 * denominator)
    return pl.when(denominator != 0).then(numerator.sign() * quotient)


def two_decimals(hundredths: pl.Expr) -> pl.Expr:
    """Whole hundredths as the nearest double: Polars divides by a constant with an error of one ulp."""
    return (hundredths / 100).round(2)


def ratio(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """The quotient as a double of two decimals, rounded from the exact fraction."""
    return two_decimals(divided(100 * numerator, denominator))


def bookings() -> pl.Expr:
    """The number of chains."""
    return pl.len().cast(pl.Int64)


def booking_time_analysis(chain: pl.LazyFrame) -> pl.LazyFrame:
    """When people book and what comes of it."""
    lead_hours = two_decimals(divided(pl.col("lead_us"), pl.col("bookings") * (HOUR_US // 100)))
    return (
        chain.group_by("booking_day_of_week", "booking_hour", "marketing_channel")
        .agg(
            bookings().alias("bookings"),
            *(count_of(flag) for flag in ("canceled", "attended", "no_show")),
            pl.col("lead_us").sum(),
        )
        .with_columns(avg_lead_hours=lead_hours)
        .drop("lead_us")
    )


def bookings_trend(chain: pl.LazyFrame) -> pl.LazyFrame:
    """Bookings of every calendar day with moving averages and the change over a week."""
    day, booked = pl.col("booking_date"), pl.col("bookings")
    days = chain.select(pl.date_range(day.min(), day.max(), "1d").alias("booking_date"))
    last_week = booked.shift(7)
    return (
        days.join(chain.group_by("booking_date").agg(bookings=bookings()), on="booking_date", how="left")
        .with_columns(booked.fill_null(0))
        .sort("booking_date")
        .with_columns(
            bookings_7d_avg=ratio(booked.rolling_sum(7, min_samples=1), pl.lit(7)),
            bookings_28d_avg=ratio(booked.rolling_sum(28, min_samples=1), pl.lit(28)),
            wow_change_pct=ratio(100 * (booked - last_week), last_week),
        )
    )


def channel_attribution(chain: pl.LazyFrame, spend: pl.LazyFrame) -> pl.LazyFrame:
    """Bookings and spend of a month, channel and campaign."""
    keys = ["month", "channel", "campaign"]
    month = "%Y-%m"
    booked = chain.group_by(
        month=pl.col("booking_date").dt.strftime(month), channel="marketing_channel", campaign="utm_campaign"
    ).agg(touches=bookings())
    spent = spend.group_by(month=pl.col("day").dt.strftime(month), channel="channel", campaign="campaign").agg(
        cost_minor=pl.col("amount_minor").sum()
    )
    touches = pl.col("touches").fill_null(0)
    none = pl.lit(0, pl.Int64)
    return booked.join(spent, on=keys, how="full", coalesce=True, nulls_equal=True).select(
        *keys,
        model=pl.lit("booking"),
        touches=touches,
        conversions_credit=touches.cast(pl.Float64),
        revenue_credit_minor=none,
        cash_credit_minor=none,
        cost_minor="cost_minor",
        roas=ratio(none, pl.col("cost_minor")),
    )


def cost_per_booking(chain: pl.LazyFrame, spend: pl.LazyFrame) -> pl.LazyFrame:
    """What a booking and an attended call cost, a day, channel and campaign."""
    keys = ["booking_date", "channel", "campaign"]
    booked = chain.group_by("booking_date", channel="marketing_channel", campaign="utm_campaign").agg(
        bookings().alias("bookings"), count_of("attended")
    )
    spent = spend.select(booking_date="day", channel="channel", campaign="campaign", spend_minor="amount_minor")
    minor = pl.col("spend_minor")
    return (
        booked.join(spent, on=keys, how="full", coalesce=True, nulls_equal=True)
        .with_columns(pl.col("bookings", "attended").fill_null(0))
        .select(
            *keys,
            "spend_minor",
            "bookings",
            "attended",
            cost_per_booking_minor=divided(minor, pl.col("bookings")),
            cost_per_attended_minor=divided(minor, pl.col("attended")),
            spend_status=pl.when(minor.is_null()).then(pl.lit("missing")).otherwise(pl.lit("known")),
        )
    )


def daily_bookings_by_source(chain: pl.LazyFrame) -> pl.LazyFrame:
    """Bookings, distinct contacts and contacts seen for the first time."""
    keys = ["booking_date", "utm_source", "marketing_channel"]
    earliest = pl.col("invitee_created_at") == pl.col("invitee_created_at").min().over("contact")
    smallest = pl.col("chain_id") == pl.col("chain_id").min().over("contact")
    newcomers = chain.filter(earliest).filter(smallest).group_by(keys).agg(first_time_contacts=bookings())
    return (
        chain.group_by(keys)
        .agg(bookings=bookings(), unique_contacts=pl.col("contact").n_unique().cast(pl.Int64))
        .join(newcomers, on=keys, how="left", nulls_equal=True)
        .with_columns(pl.col("first_time_contacts").fill_null(0))
    )


def write_gold(run: Run, silver: pl.DataFrame, spend: pl.DataFrame) -> None:
    """Compute the five tables in one plan and replace them."""
    chain, costs = chains(silver).lazy(), spend.lazy()
    tables = {
        "booking_time_analysis": booking_time_analysis(chain),
        "bookings_trend": bookings_trend(chain),
        "channel_attribution": channel_attribution(chain, costs),
        "cost_per_booking": cost_per_booking(chain, costs),
        "daily_bookings_by_source": daily_bookings_by_source(chain),
    }
    as_of = pl.lit(run.as_of, INSTANT).alias("as_of")
    results = pl.collect_all([table.with_columns(as_of) for table in tables.values()])
    for name, rows in zip(tables, results, strict=True):
        overwrite(run, f"gold/{name}", rows)


def read_spend(run: Run) -> pl.DataFrame:
    """The ad spend of the tree in minor units; of several rows of a key the last one counts."""
    schema = {"date": pl.String, "channel": pl.String, "spend": pl.Float64}
    files = run.spend_files()
    rows = pl.scan_ndjson(files, schema=schema).collect() if files else pl.DataFrame(schema=schema)
    return (
        rows.select(
            day=pl.col("date").str.to_date("%Y-%m-%d"),
            channel="channel",
            campaign=pl.lit(None, pl.String),
            amount_minor=(pl.col("spend") * 100).round().cast(pl.Int64),
            currency=pl.lit("USD"),
        )
        .unique(SPEND_KEY, keep="last", maintain_order=True)
    )  # fmt: skip


def main() -> None:
    run = parse_run(__doc__)
    records = read_records(run)
    overwrite(run, REJECTED, rejected_rows(run, records))
    marks, spend = no_show_marks(records), read_spend(run)
    snapshots = newest_snapshots(records)
    del records  # the greater part of the memory
    silver = with_chains(silver_invitees(snapshots, marks, run))
    overwrite(run, INVITEES, silver)
    overwrite(run, NO_SHOW_MARKS, marks)
    overwrite(run, AD_SPEND, spend)
    write_gold(run, silver, spend)


if __name__ == "__main__":
    main()
