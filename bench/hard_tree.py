"""Rewrite a generated tree into one that exercises every rule the plain generator leaves alone.

Links of reschedules are repaired and joined to longer chains (some through invitees nobody knows), no-shows
are marked and taken back, calls are canceled late, successors are missing, values are empty, zones unknown,
and some records break one of the validity rules.  The same tree and seed give the same bytes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]

BROKEN_VALUES = {
    "invitee_uri": (None, ""),
    "invitee_email": (None, ""),
    "invitee_created_at": (None, "", "yesterday"),
    "invitee_updated_at": (None, "not a time"),
    "event_start_time": (None, "", "2026-13-01T00:00:00Z"),
    "event_end_time": (None, "soon"),
    "invitee_status": (None, "", "declined"),
}
EMPTY_OR_NULL = (
    "invitee_name invitee_phone event_name location_join_url utm_campaign utm_source marketing_channel host"
).split()
ZONES = ("Mars/Olympus", "", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns")
MALFORMED_LINES = ('{"event_id": "torn', "[1, 2]", "nonsense")
UNKNOWN_INVITEE = "https://api.calendly.com/scheduled_events/nobody/invitees/{}"


def shifted(text: str, **delta: float) -> str:
    """An instant moved by a time span."""
    moment = dt.datetime.fromisoformat(text) + dt.timedelta(**delta)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def set_value(record: Record, key: str, value: str | None) -> None:
    """Change a flattened key, or the host inside the payload."""
    if key == "host":
        record["payload"]["scheduled_event"]["event_memberships"][0]["user_name"] = value
    else:
        record[key] = value


def link_chains(records: list[Record], rng: random.Random) -> None:
    """Join random invitees to chains of two to six members, by either or both ends of each link."""
    by_uri: dict[str, list[Record]] = {}
    for record in records:
        if record["invitee_uri"]:
            by_uri.setdefault(record["invitee_uri"], []).append(record)
    uris = sorted(by_uri)
    rng.shuffle(uris)
    for number in range(len(uris) // 20):
        members = [uris.pop() for _ in range(rng.randint(2, 6)) if uris]
        for older, newer in zip(members, members[1:]):
            way = rng.choice(("old", "new", "both", "third"))
            third = UNKNOWN_INVITEE.format(f"{number}-{len(uris)}")
            for record in by_uri[older]:
                record["invitee_rescheduled"] = True
                if way != "old":
                    record["payload"]["new_invitee"] = third if way == "third" else newer
            for record in by_uri[newer]:
                if way != "new":
                    record["payload"]["old_invitee"] = third if way == "third" else older


def no_show_events(record: Record, rng: random.Random) -> list[Record]:
    """A mark of an active invitee and, half the time, its withdrawal before, at or after that time."""
    marked_at = shifted(record["event_start_time"], minutes=rng.randint(-30, 90))
    marked = json.loads(json.dumps(record))
    uri = "https://api.calendly.com/invitee_no_shows/" + record["event_id"]
    marked["payload"]["no_show"] = {"uri": uri, "created_at": marked_at if rng.random() < 0.8 else None}
    marked["webhook_event"] = rng.choice(("invitee_no_show.created", "invitee.created"))
    marked["webhook_created_at"] = marked["webhook_received_at"] = marked_at
    if rng.random() < 0.5:
        marked["invitee_updated_at"] = marked_at
    events = [marked]
    if rng.random() < 0.5:
        withdrawn = json.loads(json.dumps(record))
        withdrawn["webhook_event"] = "invitee_no_show.deleted"
        withdrawn["webhook_created_at"] = shifted(marked_at, minutes=rng.choice((-5, 0, 45)))
        events.append(withdrawn)
    return events


def bend(record: Record, seed: int) -> None:
    """Change at most one thing about a snapshot, and the same thing whenever it is delivered."""
    rng = random.Random(f"{seed} {record['invitee_uri']} {record['invitee_updated_at']}")
    draw = rng.random()
    if draw < 0.02:
        key = rng.choice(sorted(BROKEN_VALUES))
        record[key] = rng.choice(BROKEN_VALUES[key])
    elif draw < 0.08:
        set_value(record, rng.choice(EMPTY_OR_NULL), rng.choice((None, "")))
    elif draw < 0.12:
        record["invitee_timezone"] = rng.choice(ZONES)
    elif draw < 0.14:
        record["invitee_email"] = f"  {record['invitee_email'].upper()} "
    elif draw < 0.17 and "cancellation" in record["payload"]:
        record["payload"]["cancellation"]["created_at"] = rng.choice((record["event_start_time"], None))
    elif draw < 0.19:
        record["event_start_time"] = shifted(record["invitee_created_at"], hours=-3)
    elif draw < 0.20:
        record["webhook_event"] = "routing_form_submission.created"
    elif draw < 0.22:
        record["raw_sha256"] = f"{rng.getrandbits(256):064x}"
    elif draw < 0.23:
        record["payload"]["event"] = None


def lines_of(records: list[Record], rng: random.Random, seed: int) -> Iterator[str]:
    """The lines of one file: records, no-show events and a few malformed lines."""
    for record in records:
        events = [record]
        if record["invitee_status"] == "active" and record["invitee_uri"] and rng.random() < 0.08:
            events += no_show_events(record, rng)
        for event in events:
            bend(event, seed)
            yield json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        if rng.random() < 0.003:
            yield rng.choice(MALFORMED_LINES)


def rewrite(source: Path, target: Path, seed: int) -> None:
    """Write the hard tree made of a generated one."""
    rng = random.Random(seed)
    files = sorted((source / "calendly_events").glob("*/*/*.ndjson"))
    batches = [[json.loads(line) for line in file.read_text("utf-8").splitlines()] for file in files]
    link_chains([record for batch in batches for record in batch], rng)
    for file, batch in zip(files, batches, strict=True):
        path = target / file.relative_to(source)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines_of(batch, rng, seed)) + "\n", "utf-8")
    spend = sorted((source / "marketing_spend").glob("*/*.json"))
    for file in spend[: len(spend) * 2 // 3]:
        path = target / file.relative_to(source)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, path)


def main() -> None:
    parser = argparse.ArgumentParser(description="Rewrite a generated tree into a hard one.")
    parser.add_argument("--source", type=Path, required=True, help="a tree of gen_bronze.py --layout ndjson")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rewrite(args.source, args.out, args.seed)


if __name__ == "__main__":
    main()
