"""In: a file of business rules. Out: the same rules as they are stored in the parameter, without comments and blank lines.

    rules.py FILE OUT

Fails where the file is no TOML, or too long for a parameter: before anything is deployed.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

# The most that Systems Manager takes, in an advanced parameter.
BYTES_MAX = 8192


class Refused(Exception):
    """The rules cannot be stored; the message says why."""


def stored(text: str) -> str:
    """The rules without lines that say nothing. A text of several lines may hold such lines: then all of it stays."""
    try:
        rules = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"is no TOML: {error}") from error
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    short = "\n".join(lines) + "\n"
    try:
        same = tomllib.loads(short) == rules
    except tomllib.TOMLDecodeError:
        same = False
    found = short if same else text
    size = len(found.encode())
    if size > BYTES_MAX:
        raise Refused(f"has {size} bytes without comments and blank lines; a parameter takes {BYTES_MAX} at most. Shorten it, message templates first")
    # An empty value is refused by Systems Manager, and no rules at all are the defaults.
    return found if found.strip() else 'reporting_timezone = "UTC"\n'


def main() -> int:
    file, out = map(Path, sys.argv[1:])
    try:
        out.write_text(stored(file.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    except (Refused, UnicodeDecodeError) as error:
        print(f"{file} {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
