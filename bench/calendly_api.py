"""A Calendly with many events, made up page by page, that keeps to a rate limit. In: GET. Out: JSON as Calendly's API answers.

Each event has one invitee. A call beyond the limit is answered 429, and every answer states what is left, as Calendly's do.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

API = "https://api.calendly.com"
PAGE_MAX = 100
MADE = "2026-01-01T10:00:00.000000Z"


class Calendar:
    """The events, spread evenly over the time that a sync looks at."""

    def __init__(self, events: int) -> None:
        self.events = events
        self.first = datetime.now(UTC) - timedelta(days=89)
        self.step = timedelta(days=450) / events

    def start(self, number: int) -> datetime:
        return self.first + number * self.step

    def event(self, number: int) -> dict:
        start = self.start(number)
        return {
            "uri": f"{API}/scheduled_events/E{number}", "name": "Triage Call", "status": "active", "created_at": MADE, "updated_at": MADE,
            "start_time": start.isoformat(), "end_time": (start + timedelta(minutes=30)).isoformat(),
            "event_type": f"{API}/event_types/T1", "event_memberships": [{"user": f"{API}/users/U1", "user_email": "am1@co.test"}],
        }  # fmt: skip

    def invitee(self, number: int) -> dict:
        event = f"{API}/scheduled_events/E{number}"
        return {
            "uri": f"{event}/invitees/A{number}", "event": event, "email": f"p{number}@acme.co", "name": "Jane Doe", "status": "active",
            "timezone": "Europe/Madrid", "text_reminder_number": f"+3461{number:07}", "created_at": MADE, "updated_at": MADE,
            "rescheduled": False, "old_invitee": None, "new_invitee": None, "no_show": None, "tracking": {"utm_source": "google"},
            "questions_and_answers": [{"question": "What is it about?", "answer": "A long story. " * 20, "position": 0}],
        }  # fmt: skip

    def page(self, asked: dict[str, str]) -> dict:
        since = (datetime.fromisoformat(asked["min_start_time"]) - self.first) / self.step
        begin = int(asked["page_token"]) if "page_token" in asked else max(0, -int(-since // 1))
        end = min(begin + min(int(asked.get("count", 20)), PAGE_MAX), self.events)
        return collection([self.event(number) for number in range(begin, end)], str(end) if end < self.events else None)


def collection(items: list[dict], after: str | None = None) -> dict:
    return {"collection": items, "pagination": {"count": len(items), "next_page_token": after}}


class Limit:
    """So many calls in each window."""

    def __init__(self, calls: int, window_s: float) -> None:
        self.calls, self.window_s = calls, window_s
        self.lock, self.began, self.used = threading.Lock(), time.monotonic(), 0

    def take(self) -> tuple[bool, dict[str, str]]:
        """Whether the call is within the limit, and the headers that say so."""
        with self.lock:
            now = time.monotonic()
            if now - self.began >= self.window_s:
                self.began, self.used = now, 0
            within = self.used < self.calls
            self.used += within
            reset = max(0.0, self.window_s - (now - self.began))
        stated = {"limit": self.calls, "remaining": self.calls - self.used, "reset": f"{reset:.3f}"}
        return within, {f"x-ratelimit-{name}": str(value) for name, value in stated.items()}


def handler(calendar: Calendar, limit: Limit) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            within, headers = limit.take()
            path = urlsplit(self.path)
            parts = path.path.strip("/").split("/")
            if not within:
                self.answer(429, {"title": "Too many requests"}, headers)
            elif parts == ["users", "me"]:
                self.answer(200, {"resource": {"current_organization": f"{API}/organizations/O1"}}, headers)
            elif parts == ["scheduled_events"]:
                asked = {name: values[0] for name, values in parse_qs(path.query).items()}
                self.answer(200, calendar.page(asked), headers)
            else:
                self.answer(200, collection([calendar.invitee(int(parts[1].removeprefix("E")))]), headers)

        def answer(self, status: int, body: dict, headers: dict[str, str]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"content-type": "application/json", "content-length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser(description="A Calendly with many events.")
    parser.add_argument("--events", type=int, required=True)
    parser.add_argument("--calls", type=int, required=True, help="calls of a window")
    parser.add_argument("--window-s", type=float, default=1.0)
    args = parser.parse_args()
    served = handler(Calendar(args.events), Limit(args.calls, args.window_s))
    server = ThreadingHTTPServer(("127.0.0.1", 0), served)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
