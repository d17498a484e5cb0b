"""What the peers share: their command line, the table layout and the Delta writes."""

from __future__ import annotations

import argparse
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from deltalake import ColumnProperties, WriterProperties, write_deltalake

KINDS = ("invitee.created", "invitee.canceled", "invitee_no_show.created", "invitee_no_show.deleted")
RECORD_LIMIT_BYTES = 65_536

SILVER_COLUMNS = (
    "invitee_uri invitee_email invitee_name invitee_first_name invitee_last_name invitee_status "
    "invitee_timezone invitee_phone invitee_created_at invitee_updated_at invitee_canceled "
    "invitee_rescheduled event_name event_status event_type event_start_time event_end_time "
    "event_created_at location_type location_join_url utm_campaign utm_source utm_medium utm_content "
    "utm_term marketing_channel booking_date booking_year booking_month booking_day_of_week booking_hour "
    "processed_at event_uri host_email host_name old_invitee_uri new_invitee_uri chain_id attendance "
    "attendance_source booking_hour_local event_hour_local raw_sha256"
).split()

INVITEES, REJECTED = "silver/invitees", "silver/rejected"
NO_SHOW_MARKS, AD_SPEND = "silver/no_show_marks", "silver/ad_spend"
# A cancellation repeats invitee_created_at, so its partition is known without looking for the row.
INVITEES_PARTITION = ["booking_year", "booking_month"]
# Nearly every value is another one: a dictionary costs time and saves nothing.
UNIQUE_TEXTS = "invitee_uri invitee_email invitee_phone location_join_url event_uri chain_id".split()
INVITEES_WRITER = WriterProperties(
    compression="SNAPPY",
    column_properties={name: ColumnProperties(dictionary_enabled=False) for name in UNIQUE_TEXTS},
)


@dataclass(frozen=True)
class Run:
    """The arguments of one run."""

    bronze: Path
    out: Path
    as_of: dt.datetime
    zone: str
    now: dt.datetime

    def bronze_files(self) -> list[Path]:
        """The record files of the tree in path order."""
        files = (self.bronze / "calendly_events").glob("channel=*/date=*/*json")
        return sorted(f for f in files if f.suffix in (".json", ".ndjson"))

    def spend_files(self) -> list[Path]:
        """The ad spend files of the tree in path order."""
        return sorted((self.bronze / "marketing_spend").glob("date=*/*.json"))

    def table(self, name: str) -> str:
        """Where a table lives."""
        return str(self.out / name)


def instant(text: str) -> dt.datetime:
    """An RFC 3339 instant in UTC."""
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def is_zone(name: str) -> bool:
    """Whether the time zone database knows the name."""
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True


def parse_run(description: str) -> Run:
    """The command line that every peer takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--bronze", type=Path, required=True, help="tree with calendly_events/")
    parser.add_argument("--out", type=Path, required=True, help="directory of silver/ and gold/")
    parser.add_argument("--as-of", type=instant, required=True)
    parser.add_argument("--tz", default="UTC", help="reporting time zone")
    parser.add_argument("--now", type=instant, required=True)
    args = parser.parse_args()
    return Run(args.bronze, args.out, args.as_of, args.tz, args.now)


def overwrite(run: Run, name: str, rows: Any) -> None:
    """Replace a Delta table with rows, anything that speaks the Arrow C stream."""
    layout: dict[str, Any] = {}
    if name == INVITEES:
        layout = {"partition_by": INVITEES_PARTITION, "writer_properties": INVITEES_WRITER}
    write_deltalake(run.table(name), rows, mode="overwrite", schema_mode="overwrite", **layout)
