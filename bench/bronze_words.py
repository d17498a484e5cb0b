"""What the generated business is made of: its channels and team, and the words of its customers."""

from __future__ import annotations

from typing import NamedTuple


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
