"""Incremental run with Polars and delta-rs: MERGE a new bronze tree into an existing lake.

The lake below --out was written by polars_etl.py or duckdb_etl.py from the history.  The new records, the
rows whose attendance became known and the members of chains that changed are merged into silver, pruned by
the partitions they lie in; gold is computed again from silver and replaced.
"""

from __future__ import annotations

import polars as pl
from deltalake import DeltaTable, write_deltalake
from peer_io import AD_SPEND, INVITEES, INVITEES_WRITER, NO_SHOW_MARKS, REJECTED, Run, overwrite, parse_run
from polars_etl import (
    BOOKING_COLUMNS,
    INSTANT,
    OUTCOME_COLUMNS,
    SPEND_KEY,
    attendance,
    newest_snapshots,
    no_show_marks,
    read_records,
    read_spend,
    rejected_rows,
    silver_invitees,
    with_chains,
    write_gold,
)

SAME_ROW = "t.invitee_uri = s.invitee_uri AND t.booking_year = s.booking_year AND t.booking_month = s.booking_month"


def scan(run: Run, table: str) -> pl.LazyFrame:
    """A table of the existing lake."""
    return pl.scan_delta(run.table(table))


def merge_marks(run: Run, new: pl.DataFrame) -> pl.DataFrame:
    """The no-show marks of history and new records; written when there are new ones."""
    known = scan(run, NO_SHOW_MARKS).collect()
    if new.is_empty():
        return known
    marks = pl.concat([known, new]).group_by("invitee_uri").max()
    overwrite(run, NO_SHOW_MARKS, marks)
    return marks


def merge_spend(run: Run, new: pl.DataFrame) -> pl.DataFrame:
    """The ad spend of history and new days; written when there is new spend."""
    known = scan(run, AD_SPEND).collect()
    if new.is_empty():
        return known
    spend = pl.concat([known, new]).unique(SPEND_KEY, keep="last", maintain_order=True)
    overwrite(run, AD_SPEND, spend)
    return spend


def without_stale(run: Run, fresh: pl.DataFrame) -> pl.DataFrame:
    """The new rows that beat what silver has of the same invitee."""
    if fresh.is_empty():
        return fresh
    months = fresh.select("booking_year", "booking_month").unique()
    in_months = pl.any_horizontal(
        (pl.col("booking_year") == year) & (pl.col("booking_month") == month) for year, month in months.rows()
    )
    known = (
        scan(run, INVITEES)
        .filter(in_months & pl.col("invitee_uri").is_in(fresh["invitee_uri"].implode()))
        .select("invitee_uri", known_at="invitee_updated_at", known_canceled="invitee_canceled")
        .collect()
    )
    at, canceled = pl.col("invitee_updated_at"), pl.col("invitee_canceled")
    beaten = (at < pl.col("known_at")) | ((at == pl.col("known_at")) & (canceled <= pl.col("known_canceled")))
    return (
        fresh.join(known, on="invitee_uri", how="left")
        .filter(~beaten.fill_null(False))
        .drop("known_at", "known_canceled")
    )


def rows_with_new_attendance(
    run: Run, replaced: pl.Series, marks: pl.DataFrame, new_marks: pl.DataFrame
) -> pl.DataFrame:
    """Known rows whose attendance changes: by the time that passed, or by a new no-show fact."""
    marked = pl.col("invitee_uri").is_in(marks["invitee_uri"].implode())
    due = (pl.col("event_end_time") <= run.as_of) | (marked & (pl.col("event_start_time") <= run.as_of))
    due = due & (pl.col("attendance") == "pending")
    newly_marked = pl.col("invitee_uri").is_in(new_marks["invitee_uri"].implode())
    columns = ["attendance", "attendance_source"]
    return (
        scan(run, INVITEES)
        .filter((due | newly_marked) & ~pl.col("invitee_canceled"))
        .filter(~pl.col("invitee_uri").is_in(replaced.implode()))
        .collect()
        .join(marks, on="invitee_uri", how="left")
        .with_columns(was=pl.struct(columns), canceled_at=pl.lit(None, INSTANT))
        .with_columns(*attendance(run.as_of), processed_at=pl.lit(run.now, INSTANT))
        .filter(pl.struct(columns) != pl.col("was"))
        .drop("was", "canceled_at", "marked_at", "taken_back_at")
    )


def related_rows(run: Run, fresh: pl.DataFrame) -> pl.DataFrame:
    """Known rows of every chain that the new rows belong to, name or are named by."""
    names = pl.concat([fresh["invitee_uri"], fresh["old_invitee_uri"], fresh["new_invitee_uri"]])
    names = names.drop_nulls().unique().implode()
    touches = pl.any_horizontal(
        pl.col(name).is_in(names) for name in ("invitee_uri", "old_invitee_uri", "new_invitee_uri")
    )
    chains = scan(run, INVITEES).filter(touches).select("chain_id").unique().collect()["chain_id"]
    if chains.is_empty():
        return scan(run, INVITEES).head(0).collect()
    return scan(run, INVITEES).filter(pl.col("chain_id").is_in(chains.implode())).collect()


def changed_rows(fresh: pl.DataFrame, aged: pl.DataFrame, related: pl.DataFrame) -> pl.DataFrame:
    """All rows to merge with their final chain_id: new ones, aged ones and those that move to another chain."""
    uri = ["invitee_uri"]
    members = (
        related.join(fresh, on=uri, how="anti")
        .update(aged.select("invitee_uri", "attendance", "attendance_source", "processed_at"), on="invitee_uri")
        .rename({"chain_id": "was"})
    )
    linked = with_chains(pl.concat([fresh, members.drop("was")], how="diagonal"))
    must_write = pl.col("invitee_uri").is_in(pl.concat([fresh["invitee_uri"], aged["invitee_uri"]]).implode())
    moved = pl.col("chain_id") != pl.col("was")
    return pl.concat(
        [
            linked.join(members.select("invitee_uri", "was"), on=uri, how="left")
            .filter(must_write | moved)
            .select(linked.columns),
            aged.join(linked, on=uri, how="anti").select(linked.columns),
        ]
    )


def merge_invitees(run: Run, changed: pl.DataFrame) -> None:
    """MERGE the changed rows, reading only the partitions they lie in."""
    months = changed.select("booking_year", "booking_month").unique().rows()
    partitions = " OR ".join(f"(t.booking_year = {year} AND t.booking_month = {month})" for year, month in months)
    (
        DeltaTable(run.table(INVITEES))
        .merge(
            changed,
            predicate=f"{SAME_ROW} AND ({partitions})",
            source_alias="s",
            target_alias="t",
            writer_properties=INVITEES_WRITER,
        )
        .when_matched_update_all()
        .when_not_matched_insert_all()
        .execute()
    )


def main() -> None:
    run = parse_run(__doc__)
    records = read_records(run)
    new_marks = no_show_marks(records)
    marks, spend = merge_marks(run, new_marks), merge_spend(run, read_spend(run))
    fresh = without_stale(run, silver_invitees(newest_snapshots(records), marks, run))
    aged = rows_with_new_attendance(run, fresh["invitee_uri"], marks, new_marks)
    changed = changed_rows(fresh, aged, related_rows(run, fresh))
    if not changed.is_empty():
        merge_invitees(run, changed)
    rejected = rejected_rows(run, records)
    if not rejected.is_empty():
        write_deltalake(run.table(REJECTED), rejected, mode="append")
    columns = ["chain_id", "invitee_uri", *BOOKING_COLUMNS, *OUTCOME_COLUMNS]
    write_gold(run, scan(run, INVITEES).select(columns).collect(), spend)


if __name__ == "__main__":
    main()
