"""Assert that two lakes hold the same silver/invitees and the same five gold tables.

Rows are matched by key after sorting; doubles may differ by 1e-9.  `processed_at` and `as_of` are left
out, since a row's run is no part of its value.  The columns that both have are compared: their order and
their Delta types must agree.  One side may have more (Bookpath's silver has columns that only it needs),
and every column of the contract must be on both.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import polars as pl
from deltalake import DeltaTable

TOLERANCE = 1e-9
SHOWN_DIFFERENCES = 5
SILVER_COLUMNS = 43
KEYS = {
    "silver/invitees": ["invitee_uri"],
    "gold/booking_time_analysis": ["booking_day_of_week", "booking_hour", "marketing_channel"],
    "gold/bookings_trend": ["booking_date"],
    "gold/channel_attribution": ["month", "channel", "campaign", "model"],
    "gold/cost_per_booking": ["booking_date", "channel", "campaign"],
    "gold/daily_bookings_by_source": ["booking_date", "utm_source", "marketing_channel"],
}
IGNORED = ("processed_at", "as_of")


def column_types(path: Path) -> list[tuple[str, str]]:
    """Names and Delta types in table order."""
    return [(field.name, field.type.type) for field in DeltaTable(str(path)).schema().fields]


def compare_columns(left: Path, right: Path) -> list[str]:
    """How the columns differ that both have, or those of the one that has fewer are missing in the other."""
    mine, theirs = column_types(left), column_types(right)
    fewer, more = sorted((mine, theirs), key=len)
    missing = [column for column in fewer if column not in more]
    if missing:
        return [f"columns of one side only: {missing}"]
    if [column for column in more if column in fewer] != fewer:
        return [f"columns in another order: {[n for n, _ in mine]} and {[n for n, _ in theirs]}"]
    return []


def read_rows(path: Path, columns: list[str], key: list[str]) -> pl.DataFrame:
    """The compared columns of a table sorted by key."""
    return pl.scan_delta(str(path)).select(columns).sort(key, nulls_last=False).collect()


def describe_missing(left: pl.DataFrame, right: pl.DataFrame, key: list[str]) -> list[str]:
    """Keys that only one side has."""
    messages = []
    for side, mine, theirs in (("left", left, right), ("right", right, left)):
        extra = mine.select(key).join(theirs.select(key), on=key, how="anti", nulls_equal=True)
        if extra.height:
            messages.append(f"{extra.height} keys only {side}, first {extra.head(SHOWN_DIFFERENCES).rows()}")
    return messages


def differs(name: str, dtype: pl.DataType) -> pl.Expr:
    """Whether the column differs between the matched rows."""
    left, right = pl.col(name), pl.col(f"{name}__right")
    if dtype.is_float():
        close = ((left - right).abs() <= TOLERANCE) | left.eq_missing(right)
        return ~close.fill_null(False)
    return left.ne_missing(right)


def describe_values(left: pl.DataFrame, right: pl.DataFrame, key: list[str]) -> list[str]:
    """The first values that differ, per column; both sides have the same keys in the same order."""
    paired = pl.concat([left, right.rename(lambda name: f"{name}__right")], how="horizontal")
    messages = []
    for name, dtype in left.schema.items():
        unequal = paired.filter(differs(name, dtype))
        if unequal.height:
            sample = unequal.select(*key, left=name, right=f"{name}__right").head(SHOWN_DIFFERENCES)
            lines = "".join(f"\n      {row}" for row in sample.rows())
            messages.append(f"{name}: {unequal.height} rows differ (key, left, right):{lines}")
    return messages


def compare_table(left: Path, right: Path, key: list[str]) -> list[str]:
    """How one table differs, nothing when it is equal."""
    messages = compare_columns(left, right)
    if messages:
        return messages
    fewer = min((column_types(left), column_types(right)), key=len)
    columns = [name for name, _ in fewer if name not in IGNORED]
    mine, theirs = read_rows(left, columns, key), read_rows(right, columns, key)
    for side, rows in (("left", mine), ("right", theirs)):
        if rows.select(key).is_duplicated().any():
            messages.append(f"duplicate keys {side}")
    messages += describe_missing(mine, theirs, key)
    return messages or describe_values(mine, theirs, key)


def compare_lakes(left: Path, right: Path) -> dict[str, list[str]]:
    """The differences of every table, empty lists for equal ones."""
    differences = {name: compare_table(left / name, right / name, key) for name, key in KEYS.items()}
    count = min(len(column_types(side / "silver/invitees")) for side in (left, right))
    if count < SILVER_COLUMNS:
        differences["silver/invitees"].append(f"{count} columns, fewer than the contract's {SILVER_COLUMNS}")
    return differences


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare two lakes row for row.")
    parser.add_argument("left", type=Path)
    parser.add_argument("right", type=Path)
    args = parser.parse_args()
    differences = compare_lakes(args.left, args.right)
    for table, messages in differences.items():
        print(f"{table}: {'DIFFERENT' if messages else 'equal'}")
        for message in messages:
            print(f"   {message}")
    return 1 if any(differences.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
