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
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

try:
    import orjson
except ImportError:  # the standard library is slower and writes the same bytes
    orjson = None  # type: ignore[assignment]


SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
MASK_64 = (1 << 64) - 1

RECORDS_PER_BOOKING = 1.28
REDELIVERED_PERCENT = 2
CANCELED_PERCENT = 12
MOVED_PERCENT = 8


class Channel(NamedTuple):
    """A paid channel with the event type and tracking that identify it."""

    name: str
    event_type: str
    utm_source: str
    utm_medium: str
    cumulative_percent: int


class Host(NamedTuple):
    """A team member who takes calls."""

    prefix: str
    email: str
    name: str


CHANNELS = (
    Channel("facebook_paid_ads", "d639ecd3-8718-4068-955a-436b10d72c78", "facebook", "paid_social", 50),
    Channel("youtube_paid_ads", "dbb4ec50-38cd-4bcd-bbff-efb7b5a6f098", "youtube", "video", 80),
    Channel("tiktok_paid_ads", "bb339e98-7a67-4af2-b584-8dbf95564312", "tiktok", "paid_social", 100),
)
HOSTS = (
    Host("3f1c", "amy.host@example.com", "Amy Host"),
    Host("77ab", "raj.closer@example.com", "Raj Closer"),
    Host("b0d2", "lena.setter@example.com", "Lena Setter"),
    Host("c9e5", "omar.am@example.com", "Omar Am"),
)
FIRST_NAMES = (
    "Ana Ben Chloé Dmitri Elif Farah George Hana Iván José Kofi Léa Mary-Jane Nguyễn Olga Priya Quinn "
    "Rosa Søren Tomás Uma Víctor Wei Ximena Yusuf Zoë"
).split()
LAST_NAMES = (
    "Adams Bianchi Castro Dubois Eriksson Fischer García Haddad Ito Johnson Kowalski López Müller Novak "
    "O'Brien Patel Quispe Rossi Smith Tanaka Usman Vega Williams Xu Yılmaz Zhang"
).split()
TIMEZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "America/Chicago",
    "Europe/London",
    "Europe/Paris",
    "Asia/Kolkata",
    "Australia/Sydney",
)
EVENT_NAMES = ("Triage Call", "Solution Call", "Strategy Session", "30 Minute Discovery")
CAMPAIGNS = ("brand_2026_q1", "retarget_warm", "lookalike_1pct", "webinar_feb", "vsl_cold", "evergreen")
CONTENTS = ("ad_video_a", "ad_video_b", "carousel_1", "story_3", None)
TERMS = (None, None, "agency growth", "crm setup", "sales call")
LOCATIONS = ("zoom", "google_conference", "outbound_call")
EMAIL_DOMAINS = ("example.com", "example.org", "mail.example.net")
REVENUE_ANSWERS = ("$0-$10k", "$10k-$50k", "$50k+")
CALL_MINUTES = (15, 30, 45, 60)
HOUR_WEIGHTS = (1, 1, 1, 1, 1, 2, 3, 5, 8, 9, 9, 8, 7, 8, 9, 9, 8, 7, 6, 5, 4, 3, 2, 1)
HOURS = tuple(hour for hour, weight in enumerate(HOUR_WEIGHTS) for _ in range(weight))
DIAL_IN_NUMBERS = (
    {"number": "+1 646 558 8656", "country": "US", "type": "toll", "city": "New York", "country_name": "US"},
    {"number": "+44 203 481 5237", "country": "GB", "type": "toll", "city": "", "country_name": "United Kingdom"},
)


class Kind(IntEnum):
    """What a record says about its booking."""

    CREATED = 0
    REDELIVERED = 1
    CANCELED = 2
    MOVED_AWAY = 3
    MOVED_HERE = 4


class Arrival(NamedTuple):
    """One record to be: sorts by arrival, then booking, then kind."""

    at_us: int
    booking: int
    kind: Kind


def to_json(value: Any) -> bytes:
    """Compact UTF-8 JSON."""
    if orjson:
        return orjson.dumps(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def splitmix(x: int) -> int:
    """One output of splitmix64."""
    x = (x + 0x9E3779B97F4A7C15) & MASK_64
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK_64
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK_64
    return x ^ (x >> 31)


def uuid_of(high: int, low: int) -> str:
    """A UUID-shaped text of two numbers."""
    h = f"{splitmix(high):016x}{splitmix(low):016x}"
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:32]}"


def iso(at_us: int) -> str:
    """RFC 3339 with microseconds."""
    seconds, micros = divmod(at_us, SECOND_US)
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%S}.{micros:06d}Z"


def day_of(at_us: int) -> str:
    """The UTC day of an instant."""
    return iso(at_us)[:10]


def booking_root(seed: int, booking: int) -> int:
    """The number that everything about a booking derives from."""
    return splitmix(seed * 1_000_003 + booking)


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


@dataclass(frozen=True)
class Draws:
    """The random numbers of one booking; each attribute reads its own bits of one of them."""

    root: int
    who: int
    when: int
    extra: int

    @classmethod
    def of(cls, seed: int, booking: int) -> Draws:
        root = booking_root(seed, booking)
        return cls(root, splitmix(root ^ 1), splitmix(root ^ 2), splitmix(root ^ 3))

    def channel(self) -> Channel:
        percentile = self.who % 100
        return next(c for c in CHANNELS if percentile < c.cumulative_percent)

    def first_name(self) -> str:
        return FIRST_NAMES[(self.who >> 8) % len(FIRST_NAMES)]

    def last_name(self) -> str:
        return LAST_NAMES[(self.who >> 16) % len(LAST_NAMES)]

    def timezone(self) -> str:
        return TIMEZONES[(self.who >> 24) % len(TIMEZONES)]

    def event_name(self) -> str:
        return EVENT_NAMES[(self.who >> 32) % len(EVENT_NAMES)]

    def host(self) -> Host:
        return HOSTS[(self.who >> 40) % len(HOSTS)]

    def email(self) -> str:
        """One booking in eight comes from the 5,000 people who come back."""
        person = (self.when >> 8) % (700_000 if self.when & 7 else 5_000)
        return f"lead{person}@{EMAIL_DOMAINS[person % 3]}"

    def start_us(self, created_us: int) -> int:
        half_hour = 30 * MINUTE_US
        return (created_us // half_hour + 2 + (self.when >> 32) % 480) * half_hour

    def duration_us(self) -> int:
        return CALL_MINUTES[(self.when >> 50) % 4] * MINUTE_US

    def phone(self) -> str | None:
        return None if self.extra % 100 < 3 else f"+1555{(self.extra >> 8) % 10_000_000:07d}"

    def meeting_number(self) -> int:
        return (self.extra >> 12) % 10**11

    def location(self) -> str:
        return LOCATIONS[(self.extra >> 52) % 3]

    def join_url(self) -> str | None:
        if self.location() == "outbound_call":
            return None
        site = "us02web.zoom.us/j" if self.location() == "zoom" else "meet.google.com"
        return f"https://{site}/{self.meeting_number():011d}?pwd={self.when:016x}"

    def tracking(self) -> dict[str, str | None]:
        keys = ("utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term", "salesforce_uuid")
        if (self.extra >> 32) % 100 < 1:
            return dict.fromkeys(keys)
        channel = self.channel()
        campaign = CAMPAIGNS[(self.extra >> 40) % 6]
        content, term = CONTENTS[(self.extra >> 44) % 5], TERMS[(self.extra >> 48) % 5]
        return dict(zip(keys, (campaign, channel.utm_source, channel.utm_medium, content, term, None), strict=True))

    def revenue_answer(self) -> str:
        return REVENUE_ANSWERS[(self.extra >> 56) % 3]

    def loses_its_uri(self) -> bool:
        return (self.extra >> 20) % 1000 == 0


@dataclass(frozen=True)
class Snapshot:
    """The times, names and URIs that a record repeats in several places."""

    draws: Draws
    kind: Kind
    created: str
    updated: str
    start: str
    end: str
    status: str
    event_uri: str
    event_id: str
    invitee_id: str
    old_invitee: str | None

    @classmethod
    def of(cls, seed: int, arrival: Arrival, first_created_us: int) -> Snapshot:
        draws, kind = Draws.of(seed, arrival.booking), arrival.kind
        moved = kind == Kind.MOVED_HERE
        created_us = arrival.at_us if moved else first_created_us
        canceled = kind in (Kind.CANCELED, Kind.MOVED_AWAY)
        updated_us = arrival.at_us - 250_000 if canceled else created_us
        start_us = draws.start_us(created_us)
        root = draws.root
        event_id = uuid_of(root + 11, root + 12 + moved)
        event_uri = "https://api.calendly.com/scheduled_events/" + event_id
        return cls(
            draws=draws,
            kind=kind,
            created=iso(created_us),
            updated=iso(updated_us),
            start=iso(start_us),
            end=iso(start_us + draws.duration_us()),
            status="canceled" if canceled else "active",
            event_uri=event_uri,
            event_id=event_id,
            invitee_id=uuid_of(root + 13, root + 14 + moved),
            old_invitee=f"{event_uri}/invitees/{uuid_of(root + 13, root + 14)}" if moved else None,
        )

    @property
    def canceled(self) -> bool:
        return self.status == "canceled"

    @property
    def name(self) -> str:
        return f"{self.draws.first_name()} {self.draws.last_name()}"

    @property
    def invitee_uri(self) -> str:
        return f"{self.event_uri}/invitees/{self.invitee_id}"

    @property
    def event_type(self) -> str:
        return "https://api.calendly.com/event_types/" + self.draws.channel().event_type


def answers(draws: Draws) -> list[dict[str, Any]]:
    """The three answers of the booking form."""
    challenge = "What is the biggest challenge in your business right now?"
    reply = "We are running paid ads and need more qualified booked calls every month."
    return [
        {"answer": draws.phone() or "", "position": 0, "question": "Phone number"},
        {"answer": reply, "position": 1, "question": challenge},
        {"answer": draws.revenue_answer(), "position": 2, "question": "What is your current monthly revenue?"},
    ]


def scheduled_event(s: Snapshot) -> dict[str, Any]:
    """The `scheduled_event` object of the payload."""
    draws, host = s.draws, s.draws.host()
    return {
        "uri": s.event_uri,
        "name": draws.event_name(),
        "meeting_notes_plain": None,
        "meeting_notes_html": None,
        "status": s.status,
        "start_time": s.start,
        "end_time": s.end,
        "event_type": s.event_type,
        "location": {
            "type": draws.location(),
            "status": "pushed",
            "join_url": draws.join_url(),
            "data": {
                "id": draws.meeting_number(),
                "settings": {"global_dial_in_numbers": DIAL_IN_NUMBERS},
                "password": None,
            },
        },
        "invitees_counter": {"total": 1, "active": 0 if s.canceled else 1, "limit": 1},
        "created_at": s.created,
        "updated_at": s.updated,
        "event_memberships": [
            {
                "user": f"https://api.calendly.com/users/{host.prefix}0000-aaaa-bbbb",
                "user_email": host.email,
                "user_name": host.name,
                "buffered_start_time": s.start,
                "buffered_end_time": s.end,
            }
        ],
        "event_guests": [],
        "calendar_event": {"kind": "google", "external_id": f"{draws.who:016x}{draws.when:016x}"},
    }


def webhook_payload(s: Snapshot) -> dict[str, Any]:
    """The `payload` object of the webhook."""
    draws = s.draws
    payload = {
        "cancel_url": "https://calendly.com/cancellations/" + s.invitee_id,
        "created_at": s.created,
        "email": draws.email(),
        "event": s.event_uri,
        "first_name": draws.first_name(),
        "last_name": draws.last_name(),
        "name": s.name,
        "new_invitee": None,
        "no_show": None,
        "old_invitee": s.old_invitee,
        "payment": None,
        "questions_and_answers": answers(draws),
        "reconfirmation": None,
        "reschedule_url": "https://calendly.com/reschedulings/" + s.invitee_id,
        "rescheduled": s.kind == Kind.MOVED_AWAY,
        "routing_form_submission": None,
        "invitee_scheduled_by": None,
        "scheduling_method": None,
        "scheduled_event": scheduled_event(s),
        "status": s.status,
        "text_reminder_number": draws.phone(),
        "timezone": draws.timezone(),
        "tracking": draws.tracking(),
        "updated_at": s.updated,
        "uri": s.invitee_uri,
    }
    if s.canceled:
        payload["cancellation"] = {
            "canceled_by": s.name,
            "reason": "Scheduling conflict",
            "canceler_type": "invitee",
            "created_at": s.updated,
        }
    return payload


def bronze_record(s: Snapshot, seed: int, number: int, received: str) -> dict[str, Any]:
    """The flattened keys and the payload, in the order of the bronze files."""
    draws, channel, tracking = s.draws, s.draws.channel().name, s.draws.tracking()
    no_uri = s.kind == Kind.CREATED and draws.loses_its_uri()
    batch, position = divmod(number, 1_000_000)
    return {
        "event_id": f"event-{49671 + batch}-{position:06d}-{splitmix(number ^ seed) % 1000:03d}",
        "webhook_event": "invitee.canceled" if s.canceled else "invitee.created",
        "webhook_created_at": s.updated,
        "webhook_received_at": received,
        "kinesis_sequence_number": f"4967{number:052d}",
        "kinesis_partition_key": channel,
        "marketing_channel": channel,
        "invitee_uri": None if no_uri else s.invitee_uri,
        "invitee_email": draws.email(),
        "invitee_name": s.name,
        "invitee_first_name": draws.first_name(),
        "invitee_last_name": draws.last_name(),
        "invitee_status": s.status,
        "invitee_timezone": draws.timezone(),
        "invitee_phone": draws.phone(),
        "invitee_created_at": s.created,
        "invitee_updated_at": s.updated,
        "invitee_rescheduled": s.kind == Kind.MOVED_AWAY,
        "event_name": draws.event_name(),
        "event_status": s.status,
        "event_start_time": s.start,
        "event_end_time": s.end,
        "event_created_at": s.created,
        "event_type": s.event_type,
        "location_type": draws.location(),
        "location_join_url": draws.join_url(),
        "utm_campaign": tracking["utm_campaign"],
        "utm_source": tracking["utm_source"],
        "utm_medium": tracking["utm_medium"],
        "utm_content": tracking["utm_content"],
        "utm_term": tracking["utm_term"],
        "payload": webhook_payload(s),
    }


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
