"""Compare how Bookpath finds people with Splink, on the same labelled records in the same run.

Both read one CSV and write whose each record is. Both look at pairs that share an e-mail address or a telephone; Splink in two
ways (`peers/splink_people.py`). `bookpath + candidates` goes on to what is only likely, which takes names and companies as keys
as well. Engines take turns for a number of rounds; the first is dropped and medians are printed, then precision and recall of
what each engine wrote.

The exit code is 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from etl import BenchError, Sample, Target, interleave, judge, measure, print_medians, run, say, script

OWN = "bookpath"
WITH_CANDIDATES = "+ candidates"
PEERS = {"Splink links": "links", "Splink scores": "scores"}
WALL_LIMIT = 1.0
RSS_LIMIT_MIB = 1024
PRECISION_LIMIT = 0.0


def commands(binary: Path, records: Path, work: Path) -> dict[str, list[str]]:
    """The command line of each engine; it writes to its own file."""
    def own(name: str, *more: str) -> list[str]:
        return [str(binary), "resolve", "--records", str(records), "--out", str(out(work, name)), *more]

    peers = {
        name: script("peers/splink_people.py", "--records", records, "--out", out(work, name), "--way", way)
        for name, way in PEERS.items()
    }
    return {OWN: own(OWN), WITH_CANDIDATES: own(WITH_CANDIDATES, "--candidates"), **peers}


def out(work: Path, name: str) -> Path:
    """The file that an engine writes."""
    return work / f"{name.replace(' ', '-')}.csv"


def grade(binary: Path, records: Path, people: Path) -> dict[str, float]:
    """Precision and recall of pairs."""
    command = [str(binary), "grade", "--records", str(records), "--people", str(people)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def targets(medians: dict[str, Sample], precision: float) -> list[Target]:
    """The promises."""
    own, fastest = medians[OWN], min(medians[name].wall_s for name in PEERS)
    return [
        Target("people: wall time over the faster Splink's", own.wall_s / fastest, WALL_LIMIT),
        Target("people: peak RSS in MiB", own.rss_mib, RSS_LIMIT_MIB),
        Target("people: pairs merged that are two people's, of a thousand", 1000 * (1 - precision), PRECISION_LIMIT),
    ]


def bench(args: argparse.Namespace) -> list[Target]:
    """Generate, time and grade."""
    args.work.mkdir(parents=True, exist_ok=True)
    records = args.work / f"people-{args.records}.csv"
    binary = args.binary.resolve()
    run([str(binary), "generate", "--records", str(args.records), "--out", str(records)])
    engines = commands(binary, records, args.work)
    medians = interleave({name: partial(measure, command) for name, command in engines.items()}, args.rounds)
    title = f"people of {args.records} records, medians of {args.rounds - 1} rounds on {os.cpu_count()} cores"
    print_medians(title, medians, OWN)
    say(f"\n  {'':16}{'precision':>10}{'recall':>10}")
    grades = {name: grade(binary, records, out(args.work, name)) for name in (OWN, *PEERS)}
    for name, of in grades.items():
        say(f"  {name:16}{of['precision']:10.4f}{of['recall']:10.4f}")
    return targets(medians, grades[OWN]["precision"])


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare how Bookpath finds people with Splink.")
    parser.add_argument("--binary", type=Path, required=True, help="the program bench-people")
    parser.add_argument("--work", type=Path, required=True, help="directory for what is read and written")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=4, help="rounds, of which the first is dropped")
    args = parser.parse_args()
    if args.rounds < 2:
        parser.error("--rounds must be at least 2, since the first is dropped")
    try:
        found = bench(args)
    except BenchError as error:
        say(f"FAIL {error}")
        return 1
    say("")
    return judge(found)


if __name__ == "__main__":
    sys.exit(main())
