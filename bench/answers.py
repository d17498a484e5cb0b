"""Compare how fast Bookpath answers numbers with DuckDB and deltalake in Python over the same tables.

A year of bookings is imported and refined once.  `bookpath serve` answers over HTTP; the peer opens the same
Delta tables, brings each up to its newest version, queries it with DuckDB and makes JSON of the rows, in a
process of its own without HTTP.  Both answer one month of every marketing table and the month's key figures.
They take turns; the first round is told apart, medians of the others count.  Then several clients ask at once,
and the slowest hundredth of the answers and the server's highest memory are told.

Bookpath keeps what it computed until a table has a new version, the peer keeps its open tables.

The exit code is 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from etl import BenchError, Target, judge, replace_directory, run, say, script

RECORDS = 100_000
MONTH = ("2025-10", "2025-10-01", "2025-10-31")
TABLES = (
    "booking_time_analysis",
    "bookings_trend",
    "channel_attribution",
    "cost_per_booking",
    "daily_bookings_by_source",
)
EMAIL, PASSWORD = "bench@co.test", "correct horse battery staple"
CLIENTS, LOAD_SECONDS = 8, 10
TIME_LIMIT = 1 / 5
RSS_LIMIT_MIB = 512
START_SECONDS_MAX = 120


def prepare(binary: Path, work: Path) -> Path:
    """A data folder with a year of bookings, made once."""
    data, tree = work / "answers-data", work / "trees" / "year"
    if (data / "ready").exists():
        return data
    say(f"a year of {RECORDS} records: generate, import, refine")
    replace_directory(tree)
    run(script("gen_bronze.py", "--n", str(RECORDS), "--days", "365", "--layout", "ndjson", "--out", tree))
    replace_directory(data)
    run([str(binary), "--data", str(data), "import", "--from", str(tree / "hist"), "--json"])
    run([str(binary), "--data", str(data), "etl", "--json"])
    add = [str(binary), "--data", str(data), "users", "add", "--email", EMAIL, "--role", "admin"]
    subprocess.run(add, input=f"{PASSWORD}\n", text=True, check=True, capture_output=True)
    (data / "ready").touch()
    return data


class Server:
    """`bookpath serve` on a port of its own."""

    def __init__(self, binary: Path, data: Path) -> None:
        command = [str(binary), "--data", str(data), "serve", "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        began = time.monotonic()
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith("listening on http://"):
                self.address = line.split()[2].removeprefix("http://")
                break
            if time.monotonic() - began > START_SECONDS_MAX:
                raise BenchError("serve does not come up")
        else:
            raise BenchError("serve ended")
        login = json.dumps({"email": EMAIL, "password": PASSWORD})
        status, body = self.ask(self.connect(), "/api/auth/login", login)
        if status != 200:
            raise BenchError(f"login: {status} {body!r}")
        self.token = json.loads(body)["token"]

    def connect(self) -> http.client.HTTPConnection:
        """A connection that is kept open."""
        return http.client.HTTPConnection(self.address, timeout=60)

    def ask(self, connection: http.client.HTTPConnection, path: str, body: str | None = None) -> tuple[int, bytes]:
        """One request and its whole answer."""
        headers = {"Content-Type": "application/json"} if body else {"Authorization": f"Bearer {self.token}"}
        connection.request("POST" if body else "GET", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def peak_mib(self) -> float:
        """Highest resident memory so far."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))

    def stop(self) -> None:
        """Ends the process and waits for it."""
        self.process.terminate()
        self.process.wait(timeout=30)


def paths() -> dict[str, str]:
    """The question that each name stands for."""
    month, first, last = MONTH
    asked = {table: f"/api/marketing/{table}?from={first}&to={last}&limit=1000" for table in TABLES}
    # Hours of weekdays have no dates: both answer all rows.
    asked["booking_time_analysis"] = "/api/marketing/booking_time_analysis?limit=1000"
    return {"metrics": f"/api/metrics?month={month}"} | asked


class Peer:
    """The process with DuckDB and deltalake: a line with a question in, a line with what it took out."""

    def __init__(self, data: Path) -> None:
        command = script("peers/duckdb_answers.py", "--lake", data / "lake")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, question: str) -> float:
        """Seconds that the answer took."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"question": question, "month": MONTH}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise BenchError(f"the peer ended at {question}")
        return float(json.loads(answer)["seconds"])

    def stop(self) -> None:
        """Ends the process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=30)


def take_turns(server: Server, peer: Peer, rounds: int) -> dict[str, tuple[list[float], list[float]]]:
    """Seconds of each answer, ours and the peer's, by question."""
    connection = server.connect()
    found: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in paths()}
    for _ in range(rounds):
        for name, path in paths().items():
            began = time.perf_counter()
            status, body = server.ask(connection, path)
            found[name][0].append(time.perf_counter() - began)
            if status != 200 or not json.loads(body):
                raise BenchError(f"{path}: {status} {body[:200]!r}")
            found[name][1].append(peer.ask(name))
    return found


def load(server: Server) -> list[float]:
    """Seconds of every answer while several clients ask at once."""
    seconds: list[float] = []
    until = time.monotonic() + LOAD_SECONDS

    def client(number: int) -> None:
        connection, own, asked = server.connect(), [], list(paths().values())
        while time.monotonic() < until:
            began = time.perf_counter()
            status, _ = server.ask(connection, asked[(len(own) + number) % len(asked)])
            own.append(time.perf_counter() - began if status == 200 else math.inf)
        seconds.extend(own)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(seconds)


def median(seconds: list[float]) -> float:
    """The median of all rounds but the first."""
    return statistics.median(seconds[1:])


def report(found: dict[str, tuple[list[float], list[float]]]) -> float:
    """Prints the rounds, and answers our time of all questions over the peer's."""
    say(f"  {'':26}{'bookpath ms':>12}{'first':>9}{'peer ms':>10}{'first':>9}{'ratio':>8}")
    for name, (own, theirs) in found.items():
        ratio = median(own) / median(theirs)
        cells = (f"{1000 * value:.2f}" for value in (median(own), own[0], median(theirs), theirs[0]))
        say("  {:26}{:>12}{:>9}{:>10}{:>9}{:>8.2f}".format(name, *cells, ratio))
    return sum(median(own) for own, _ in found.values()) / sum(median(theirs) for _, theirs in found.values())


def bench(args: argparse.Namespace) -> list[Target]:
    """Prepare, take turns, load."""
    data = prepare(args.bookpath.resolve(), args.work.resolve())
    server = Server(args.bookpath.resolve(), data)
    peer = Peer(data)
    try:
        ratio = report(take_turns(server, peer, args.rounds))
        seconds = load(server)
        p50, p99 = (seconds[int(len(seconds) * share)] for share in (0.5, 0.99))
        rate = len(seconds) / LOAD_SECONDS
        say(f"\n{CLIENTS} clients: {rate:.0f} answers a second, p50 {1000 * p50:.1f} ms, p99 {1000 * p99:.1f} ms")
        if math.isinf(seconds[-1]):
            raise BenchError("an answer under load was no 200")
        peak = server.peak_mib()
    finally:
        peer.stop()
        server.stop()
    return [
        Target("answers: time over DuckDB's and deltalake's", ratio, TIME_LIMIT),
        Target("answers: peak RSS of serve in MiB", peak, RSS_LIMIT_MIB),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare how fast numbers are answered.")
    parser.add_argument("--bookpath", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="directory for the tree and the data folder, kept")
    parser.add_argument("--rounds", type=int, default=30)
    args = parser.parse_args()
    try:
        targets = bench(args)
    except BenchError as error:
        say(f"FAIL {error}")
        return 1
    return judge(targets)


if __name__ == "__main__":
    sys.exit(main())
