"""A booking and its bronze records, out of the random numbers that belong to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

from bronze_words import (
    CALL_MINUTES,
    CAMPAIGNS,
    CHANNELS,
    CONTENTS,
    DIAL_IN_NUMBERS,
    EMAIL_DOMAINS,
    EVENT_NAMES,
    FIRST_NAMES,
    HOSTS,
    LAST_NAMES,
    LOCATIONS,
    REVENUE_ANSWERS,
    TERMS,
    TIMEZONES,
    Channel,
    Host,
)

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
MASK_64 = (1 << 64) - 1


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
