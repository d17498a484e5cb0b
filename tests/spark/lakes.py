"""Lakes for the check: the demo business's own, and one of hard rows; and what a reader that is no Spark sees in them."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder, write_deltalake

DEMO_LIMIT_S = 240
ARROW = {
    "string": pa.string(),
    "date": pa.date32(),
    "integer": pa.int32(),
    "long": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", "UTC"),
    "array<string>": pa.list_(pa.string()),
    "array<struct<code: string, points: integer>>": pa.list_(pa.struct([("code", pa.string()), ("points", pa.int32())])),
}


def demo(bookpath: str, data: Path) -> None:
    """A demo business, played to its end by `bookpath serve --demo`."""
    log = data.parent / "serve.log"
    with log.open("w") as out:
        serve = subprocess.Popen([bookpath, "--data", str(data), "serve", "--demo", "--listen", "127.0.0.1:0"], stdout=out, stderr=out)
        try:
            end = time.monotonic() + DEMO_LIMIT_S
            while "listening on" not in log.read_text():
                if serve.poll() is not None or time.monotonic() > end:
                    raise SystemExit(f"`bookpath serve --demo` did not get ready:\n{log.read_text()}")
                time.sleep(0.2)
        finally:
            serve.terminate()
            serve.wait(timeout=30)


def etl(bookpath: str, data: Path, as_of: str) -> dict[str, dict]:
    """A run of the application; what it did, by table."""
    run = [bookpath, "--data", str(data), "etl", "--as-of", as_of, "--json"]
    return json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout)["tables"]


def collected(batches: Iterable) -> list[dict]:
    return pa.Table.from_batches([pa.record_batch(batch) for batch in batches]).to_pylist()


def stored(path: Path) -> list[dict]:
    """All rows of a Delta table, by delta-rs."""
    if not DeltaTable(str(path)).file_uris():
        return []
    return collected(QueryBuilder().register("t", DeltaTable(str(path))).execute("SELECT * FROM t"))


def by_datafusion(lake: Path, model: object) -> list[dict]:
    """The rows of a model's query by DataFusion, the engine of the application."""
    builder = QueryBuilder()
    for read in model.spec["reads"]:
        builder = builder.register(read.replace(".", "__"), DeltaTable(str(lake / read.replace(".", "/"))))
    return collected(builder.execute(re.sub(r"\b(silver|gold)\.(\w+)", r"\1__\2", model.sql)))


def comparable(rows: list[dict], columns: list[str]) -> list[str]:
    """Rows in these columns, in one order, NULL and type included."""
    return sorted(repr([row[column] for column in columns]) for row in rows)


def write(lake: Path, model: object, rows: list[dict]) -> None:
    """Makes a table; columns that a row does not name are NULL."""
    schema = pa.schema([(c["name"], ARROW[c["type"]]) for c in model.spec["columns"]])
    full = [{name: row.get(name) for name in schema.names} for row in rows]
    path = str(lake / model.name.replace(".", "/"))
    write_deltalake(path, pa.Table.from_pylist(full, schema), partition_by=model.spec.get("partitions"))


def hard_bookings() -> list[dict]:
    """Bookings whose sums and means end in halves, go below zero, and lack what may be lacking."""
    start, rows = datetime(2025, 12, 29, 10, tzinfo=timezone.utc), []
    outcomes = ["attended", "no_show", "canceled", "rescheduled", "pending"]
    for n in range(400):
        booked = start + timedelta(hours=17 * n)
        # 18 s are half a hundredth of an hour: means that end in .005, on both sides of zero.
        lead_us = (18_000_000 * (2 * n + 1)) * (-1 if n % 7 == 0 else 1)
        rows.append({
            "chain_id": f"c{n}", "contact_email": f"p{n % 90}@example.com", "contact_key": (n % 90) * -(2**55),
            "booked_at": booked, "booking_date": booked.date(), "booking_year": booked.year,
            "booking_month": booked.month, "booking_day_of_week": f"{booked:%A}", "booking_hour": booked.hour,
            "marketing_channel": ["google", "youtube", "Ünknown, \"x\""][n % 3],
            "utm_campaign": [None, "", "brand", "b'rand"][n % 4], "utm_source": [None, "cpc"][n % 2],
            "outcome": outcomes[n % 5 if n % 3 else 1], "lead_us": lead_us, "members": 1,
        })  # fmt: skip
    return rows


def hard_spend() -> list[dict]:
    """Spend with revisions, days without bookings, credits below zero, and more than a double can hold."""
    rows = []
    for n in range(300):
        day, channel = date(2025, 12, 20) + timedelta(days=n % 100), ["google", "youtube", "print"][n % 3]
        amount = [n, 3 * n, -5 * n, 0, 2**53 + n, 12_345][n % 6]
        campaign = [None, "", "brand"][n % 4 % 3]
        base = {"day": day, "channel": channel, "campaign": campaign, "currency": "USD", "revision": 1 + n // 100}
        rows.append({**base, "amount_minor": amount})
    return rows


def hard_counted() -> list[dict]:
    """The newest revisions, in a currency that counts and one that does not, of one campaign in both."""
    rows = [{**row, "currency": "EUR" if n % 7 == 0 else "USD"} for n, row in enumerate(hard_spend())]
    newest = {(row["day"], row["channel"], row["campaign"]): row for row in sorted(rows, key=lambda row: row["revision"])}
    return [{**row, "counts": row["currency"] == "USD"} for row in newest.values()]


def hard_calendar() -> list[dict]:
    days = [date(2025, 12, 1) + timedelta(days=n) for n in range(500)]
    return [{"day": day, "month": f"{day:%Y-%m}"} for day in days]


def hard_credits() -> list[dict]:
    """Credits of every model, of months and channels with and without spend; refunds are below zero."""
    rows = []
    for n, model in enumerate(["first", "last", "linear", "u", "w", "time_decay", "markov", "shapley"] * 12):
        whole = model in ("markov", "shapley")
        rows.append({
            "month": f"2026-{n // 16 + 1:02}", "channel": ["google", "print", "unknown"][n % 3], "model": model,
            "campaign": None if whole or n % 2 else "brand", "touches": n, "conversions_micro": 333_333 * n,
            "revenue_minor": (-1) ** n * (5 + 10 * n), "cash_minor": 5 * n, "currency": "USD",
        })  # fmt: skip
    return rows


def hard(lake: Path, models: list) -> list:
    """Makes hard tables, and leaves those empty of which nothing hard is known; the gold models that can be made of them."""
    given = {
        "silver.bookings": hard_bookings(),
        "silver.ad_spend": hard_spend(),
        "silver.counted_spend": hard_counted(),
        "silver.calendar": hard_calendar(),
        "silver.attribution_credits": hard_credits(),
    }
    made = [model for model in models if model.runs_here and given.keys() & set(model.spec["reads"])]
    for model in models:
        if any(model.name in one.spec["reads"] for one in made):
            write(lake, model, given.get(model.name, []))
    return made
