"""What a sync costs of which every delivery was missed: its memory with ten times the events, and a crash in the middle.

The vendor is `calendly_api.py`, with a rate limit that the sync has to keep to. The large run is killed half-way and started again;
the second process goes on where the first one was. Memory is the high-water mark of each process.

The exit code is 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from etl import BenchError, Sample, Target, judge, say, script

# What a process may take more for ten times the events.
GROWTH_LIMIT = 1.25


@contextmanager
def calendly(events: int, calls: int) -> Iterator[str]:
    """The address of a Calendly with so many events."""
    command = script("calendly_api.py", "--events", str(events), "--calls", str(calls))
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
    finally:
        server.kill()
        server.wait()


def sync(binary: Path, data: Path, address: str, kill_after_s: float | None = None) -> tuple[Sample, dict | None]:
    """A run: its cost and its report; no report of one that is killed."""
    environment = {**os.environ, "CALENDLY_API_BASE": address, "CALENDLY_API_TOKEN": "t", "RUST_LOG": "error"}
    report = data.with_suffix(".json")
    with report.open("w") as out:
        started = time.perf_counter()
        command = [str(binary), "--data", str(data), "sync", "calendly", "--json"]
        child = subprocess.Popen(command, stdout=out, env=environment)
        if kill_after_s is not None:
            time.sleep(kill_after_s)
            child.kill()
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, -9) or (child.returncode == -9) != (kill_after_s is not None):
        raise BenchError(f"the sync ended with {child.returncode}")
    sample = Sample(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
    return sample, None if child.returncode else json.loads(report.read_text())


def whole(binary: Path, work: Path, events: int, calls: int) -> Sample:
    """A run without a crash."""
    with calendly(events, calls) as address:
        sample, report = sync(binary, fresh(work / f"sync-{events}"), address)
    expect(report, events, resumed=False)
    show(f"{events} events", sample, report)
    return sample


def crashed(binary: Path, work: Path, events: int, calls: int, kill_after_s: float) -> Sample:
    """A run that is killed and gone on with; the greater memory of the two processes."""
    data = fresh(work / f"sync-{events}-crash")
    with calendly(events, calls) as address:
        first, _ = sync(binary, data, address, kill_after_s)
        show(f"{events} events, killed", first, None)
        rest, report = sync(binary, data, address)
    expect(report, events, resumed=True)
    show("gone on with", rest, report)
    return Sample(first.wall_s + rest.wall_s, first.cpu_s + rest.cpu_s, max(first.rss_mib, rest.rss_mib))


def fresh(data: Path) -> Path:
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    return data


def expect(report: dict | None, events: int, resumed: bool) -> None:
    found = {name: (report or {}).get(name) for name in ("complete", "resumed", "events_processed", "invitees_processed")}
    wanted = {"complete": True, "resumed": resumed, "events_processed": events, "invitees_processed": events}
    if found != wanted:
        raise BenchError(f"the report says {found} and not {wanted}")


def show(name: str, sample: Sample, report: dict | None) -> None:
    told = f"; {report['calls']} calls, {report['retries']} again, {report['waited_ms'] / 1000:.0f} s waited" if report else ""
    say(f"  {name:24}{sample.wall_s:8.1f} s{sample.cpu_s:8.1f} s CPU{sample.rss_mib:8.0f} MiB{told}")


def bench(args: argparse.Namespace) -> list[Target]:
    binary, small = args.bookpath.resolve(), args.events // 10
    say(f"a sync that misses everything, {args.calls} calls a second, on {os.cpu_count()} cores")
    base = whole(binary, args.work, small, args.calls)
    # Half of what ten times as many take.
    large = crashed(binary, args.work, args.events, args.calls, base.wall_s * 5)
    return [Target("sync: peak RSS over that of a tenth of the events", large.rss_mib / base.rss_mib, GROWTH_LIMIT)]


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure a large sync.")
    parser.add_argument("--bookpath", type=Path, required=True, help="the program bookpath")
    parser.add_argument("--work", type=Path, required=True, help="directory for what is written")
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--calls", type=int, default=2_000, help="calls that the vendor allows in a second")
    args = parser.parse_args()
    try:
        found = bench(args)
    except BenchError as error:
        say(f"FAIL {error}")
        return 1
    return judge(found)


if __name__ == "__main__":
    sys.exit(main())
