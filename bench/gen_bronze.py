#!/usr/bin/env python3
"""Write a deterministic tree of Calendly bronze records and daily ad spend.

Layout of the tree below ``--out``:

    hist/calendly_events/channel=<c>/date=<day>/<event id>.json     --layout files, one record each
    hist/calendly_events/channel=<c>/date=<day>/batch-0000.ndjson   --layout ndjson
    hist/marketing_spend/date=<day>/spend.json
    new/...                                                         the day after, with --new-day
    manifest.json

``date=`` is the day of arrival in UTC.  A record holds the flattened keys of the silver table plus
``payload``, the webhook's own payload.  Every booking begins with an ``invitee.created``; 2 % are
delivered twice, 12 % are canceled up to six days later and 8 % are moved (a cancellation of the old
invitee and a creation of a new one).  1 % carry no tracking, 3 % no phone and 0.1 % no invitee_uri.

All content derives from splitmix64 over (seed, booking number), so equal arguments give equal bytes
on every machine.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from pathlib import Path
from typing import Any, BinaryIO

from bronze_record import (
    DAY_US,
    HOUR_US,
    SECOND_US,
    Arrival,
    Kind,
    Snapshot,
    booking_root,
    bronze_record,
    day_of,
    iso,
    splitmix,
)
from bronze_words import CHANNELS, HOURS

try:
    import orjson
except ImportError:  # the standard library is slower and writes the same bytes
    orjson = None  # type: ignore[assignment]


RECORDS_PER_BOOKING = 1.28
REDELIVERED_PERCENT = 2
CANCELED_PERCENT = 12
MOVED_PERCENT = 8


def to_json(value: Any) -> bytes:
    """Compact UTF-8 JSON."""
    if orjson:
        return orjson.dumps(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def arrivals_of(seed: int, booking: int, first_day_us: int, days: int) -> list[Arrival]:
    """All records of one booking, the creation first."""
    root = booking_root(seed, booking)
    clock = splitmix(root)
    fate = splitmix(clock)
    created = first_day_us + root % days * DAY_US + HOURS[clock % len(HOURS)] * HOUR_US + (clock >> 20) % HOUR_US
    arrivals = [Arrival(created, booking, Kind.CREATED)]
    if fate % 100 < REDELIVERED_PERCENT:
        again = created + SECOND_US + (fate >> 8) % (600 * SECOND_US)
        arrivals.append(Arrival(again, booking, Kind.REDELIVERED))
    percentile = (fate >> 32) % 100
    later = created + HOUR_US + splitmix(fate) % (6 * DAY_US)
    if percentile < CANCELED_PERCENT:
        arrivals.append(Arrival(later, booking, Kind.CANCELED))
    elif percentile < CANCELED_PERCENT + MOVED_PERCENT:
        arrivals.append(Arrival(later, booking, Kind.MOVED_AWAY))
        arrivals.append(Arrival(later + 400_000, booking, Kind.MOVED_HERE))
    return arrivals


class PartitionWriter:
    """Appends records to the files of a tree's (channel, day) partitions."""

    def __init__(self, root: Path, layout: str) -> None:
        self.root = root / "calendly_events"
        self.layout = layout
        self.folders: set[Path] = set()
        self.batches: dict[Path, BinaryIO] = {}

    def write(self, record: dict[str, Any], day: str) -> int:
        """Write one record and answer its size in bytes."""
        folder = self.root / f"channel={record['marketing_channel']}" / f"date={day}"
        if folder not in self.folders:
            folder.mkdir(parents=True, exist_ok=True)
            self.folders.add(folder)
        line = to_json(record)
        if self.layout == "files":
            (folder / f"{record['event_id']}.json").write_bytes(line)
        else:
            self.batch(folder).write(line + b"\n")
        return len(line)

    def batch(self, folder: Path) -> BinaryIO:
        if folder not in self.batches:
            self.batches[folder] = open(folder / "batch-0000.ndjson", "wb", 1 << 16)
        return self.batches[folder]

    def close(self) -> None:
        for batch in self.batches.values():
            batch.close()


def write_spend(root: Path, seed: int, day_us: int) -> None:
    """One day's ad spend, one line a channel, in major units."""
    day = day_of(day_us)
    folder = root / "marketing_spend" / f"date={day}"
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for index, channel in enumerate(CHANNELS):
        draw = splitmix(seed + day_us // DAY_US * 7 + index) % 180_000
        lines.append(to_json({"date": day, "channel": channel.name, "spend": round(200 + draw / 100, 2)}))
    (folder / "spend.json").write_bytes(b"\n".join(lines) + b"\n")


def evenly(arrivals: list[Arrival], count: int) -> list[Arrival]:
    """`count` of the arrivals, spread so that every day keeps its share."""
    return [arrivals[i * len(arrivals) // count] for i in range(count)]


def split_days(
    arrivals: list[Arrival], args: argparse.Namespace, new_day_us: int
) -> tuple[list[Arrival], list[Arrival]]:
    """Exactly `n` arrivals of the history (when there are as many) and the new day's share."""
    arrivals = sorted(arrivals)
    history = [a for a in arrivals if a.at_us < new_day_us]
    new = [a for a in arrivals if new_day_us <= a.at_us < new_day_us + DAY_US] if args.new_day else []
    if len(history) > args.n:
        history = evenly(history, args.n)
        new = evenly(new, min(len(new), max(1, round(args.n / args.days))))
    return history, new


def generate(args: argparse.Namespace) -> dict[str, Any]:
    """Write the whole tree and answer its manifest."""
    out = Path(args.out)
    last_day = dt.datetime.fromisoformat(args.end + "T00:00:00+00:00")
    new_day_us = int(last_day.timestamp()) * SECOND_US + DAY_US
    first_day_us = new_day_us - args.days * DAY_US
    extra_days = 1 if args.new_day else 0
    wanted = args.n + extra_days * (args.n / args.days)
    bookings = int(wanted / RECORDS_PER_BOOKING * 1.03) + 50

    arrivals: list[Arrival] = []
    created_us: list[int] = []
    for booking in range(bookings):
        of_booking = arrivals_of(args.seed, booking, first_day_us, args.days + extra_days)
        created_us.append(of_booking[0].at_us)
        arrivals += of_booking
    history, new = split_days(arrivals, args, new_day_us)

    number = size = 0
    for name, part, start_us, days in (
        ("hist", history, first_day_us, args.days),
        ("new", new, new_day_us, 1),
    ):
        writer = PartitionWriter(out / name, args.layout)
        for arrival in part:
            snapshot = Snapshot.of(args.seed, arrival, created_us[arrival.booking])
            received = iso(arrival.at_us)
            size += writer.write(bronze_record(snapshot, args.seed, number, received), received[:10])
            number += 1
        writer.close()
        for day in range(days if part else 0):
            write_spend(out / name, args.seed, start_us + day * DAY_US)
    manifest = {
        "args": vars(args),
        "hist_records": len(history),
        "new_records": len(new),
        "bytes": size,
        "avg_bytes": size / max(1, number),
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return manifest


def main() -> None:
    parser = argparse.ArgumentParser(description="Generate a deterministic bronze tree.")
    parser.add_argument("--n", type=int, default=10_000, help="records in the history")
    parser.add_argument("--days", type=int, default=90, help="days of history")
    parser.add_argument("--end", default="2026-02-19", help="last day of the history")
    parser.add_argument("--layout", choices=["files", "ndjson"], default="files")
    parser.add_argument("--new-day", action="store_true", help="also write the day after --end below new/")
    parser.add_argument("--seed", type=int, default=20260220)
    parser.add_argument("--out", required=True)
    started = time.monotonic()
    manifest = generate(parser.parse_args())
    print(
        f"hist={manifest['hist_records']} new={manifest['new_records']} bytes={manifest['bytes']} "
        f"avg={manifest['avg_bytes']:.0f} in {time.monotonic() - started:.1f}s"
    )


if __name__ == "__main__":
    main()
