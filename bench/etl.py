"""Compare Bookpath's ETL with Polars and DuckDB, for full runs and for one new day.

Before anything is timed, all engines must give the same tables: on every tree that is timed, on a tree of
hard cases, and at an `as_of` in the middle of the period.  Then the engines take turns for a number of
rounds; the first round is dropped and medians are printed.  Bookpath's import, which only copies the tree
into its lake, is not timed.

Every run, of the history alone and of the new day, has the same `as_of`: the end of the new day.  No time
passes between them, so the incremental cost is that of the new records alone.

The exit code is 1 when tables differ or a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

Case = TypeVar("Case", bound=Hashable)

HERE = Path(__file__).resolve().parent
AS_OF = "2026-02-21T00:00:00Z"
MID_PERIOD = "2026-01-05T12:00:00Z"
SIZES = {"10k": 10_000, "100k": 100_000, "1M": 1_000_000}
INCREMENTAL_SIZES = ("10k", "1M")
NEW_DAY_ROUNDS = 2  # times --rounds: a new day is short, and the ratio of two of them is what counts
HARD_CASES_SIZE = "10k"
NEW_DAY_SIZE = "10k"

WALL_LIMITS = {"10k": 0.6, "100k": 0.7, "1M": 1.0}
RSS_LIMIT_MIB = 1024
FLATNESS_LIMIT = 1.5
MERGE_LIMIT = 1 / 4


class BenchError(Exception):
    """A command failed or tables differ."""


class Sample(NamedTuple):
    """The cost of one process."""

    wall_s: float
    cpu_s: float
    rss_mib: float


@dataclass
class Target:
    """A promise and what was measured."""

    name: str
    value: float
    limit: float

    @property
    def passed(self) -> bool:
        return self.value <= self.limit


@dataclass
class Report:
    """Everything that was measured; medians per case and engine."""

    as_of: str
    rounds: int
    cpus: int
    full: dict[str, dict[str, Sample]] = field(default_factory=dict)
    incremental: dict[str, dict[str, Sample]] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)

    def to_json(self) -> dict[str, object]:
        """Plain values, samples and targets as objects."""
        cases = {
            name: {size: {engine: s._asdict() for engine, s in row.items()} for size, row in table.items()}
            for name, table in (("full", self.full), ("incremental", self.incremental))
        }
        targets = [asdict(target) | {"passed": target.passed} for target in self.targets]
        return {"as_of": self.as_of, "rounds": self.rounds, "cpus": self.cpus, **cases, "targets": targets}


def say(text: str) -> None:
    """One line on stdout, at once."""
    print(text, flush=True)


def measure(command: list[str]) -> Sample:
    """Run a command and answer what it cost; its output is shown only when it fails.

    The high-water mark of memory is inherited at fork, so this process stays small: it never loads a
    data frame library.
    """
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            errors.seek(0)
            message = errors.read().decode(errors="replace")
            raise BenchError(f"{' '.join(command)} ended with {child.returncode}: {message}")
    return Sample(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def run(command: list[str]) -> None:
    """Run a command whose cost is of no interest."""
    measure(command)


def script(name: str, *arguments: str | Path) -> list[str]:
    """The command line of a Python script beside this one."""
    return [sys.executable, str(HERE / name), *map(str, arguments)]


def assert_equal(left: Path, right: Path, what: str) -> None:
    """Fail with the first differences when two lakes are not the same."""
    result = subprocess.run(script("compare_tables.py", left, right), capture_output=True, text=True)
    if result.returncode != 0:
        raise BenchError(f"{what}: tables differ\n{result.stdout}{result.stderr}")
    say(f"  equal tables: {what}")


def replace_directory(path: Path) -> Path:
    """An empty place for a directory: whatever was there is gone."""
    shutil.rmtree(path, ignore_errors=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def retire(path: Path) -> Path:
    """An empty place for a run: the directory of the run before is moved away. Deleted now, its files would be paid for by
    the next run: a file system looks at each inode that was freed a moment ago before it gives one to a new file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        retired = path.parent / "retired"
        retired.mkdir(exist_ok=True)
        path.rename(retired / f"{path.name}-{len(list(retired.iterdir()))}")
    return path


def copy_data(source: Path, target: Path) -> Path:
    """A copy to run on. Objects of a lake are replaced, never changed, and are linked; the database is copied."""
    retire(target)

    def copy(src: str, dst: str) -> None:
        (shutil.copy2 if Path(src).name.startswith("bookpath.db") else os.link)(src, dst)

    shutil.copytree(source, target, copy_function=copy)
    return target


def prepared_tree(work: Path, size: str) -> Path:
    """The generated tree of a size, made once; its manifest is written last."""
    tree = work / "trees" / size
    if not (tree / "manifest.json").exists():
        say(f"generating the tree of {size} records")
        replace_directory(tree)
        arguments = ("--n", str(SIZES[size]), "--layout", "ndjson", "--new-day", "--out", tree)
        run(script("gen_bronze.py", *arguments))
    return tree


def hard_tree(work: Path) -> Path:
    """The tree of hard cases."""
    target = replace_directory(work / "trees" / "hard")
    run(script("hard_tree.py", "--source", prepared_tree(work, HARD_CASES_SIZE) / "hist", "--out", target))
    return target


class Peer:
    """A peer script that writes a lake from a tree."""

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.source = source

    def prepare(self, tree: Path, place: Path) -> Path:
        """Nothing to import: the script reads the tree itself."""
        return retire(place)

    def command(self, tree: Path, place: Path, as_of: str) -> list[str]:
        arguments = ("--bronze", tree, "--out", place, "--as-of", as_of, "--tz", "UTC", "--now", as_of)
        return script(self.source, *arguments)

    def lake(self, place: Path) -> Path:
        return place


class Bookpath:
    """The project's own binary."""

    name = "bookpath"

    def __init__(self, binary: Path) -> None:
        self.binary = str(binary)
        self.imported: dict[Path, Path] = {}

    def import_tree(self, tree: Path, place: Path) -> None:
        """Load a tree into the lake of a data directory."""
        run([self.binary, "import", "--data", str(place), "--from", str(tree), "--json"])

    def prepare(self, tree: Path, place: Path) -> Path:
        """A data directory with the tree imported and no ETL run; each tree is imported once."""
        if tree not in self.imported:
            base = replace_directory(place.with_name(f"{place.name}-imported-{len(self.imported)}"))
            self.import_tree(tree, base)
            self.imported[tree] = base
        return copy_data(self.imported[tree], place)

    def command(self, tree: Path, place: Path, as_of: str) -> list[str]:
        return [self.binary, "etl", "--data", str(place), "--as-of", as_of, "--json"]

    def lake(self, place: Path) -> Path:
        return place / "lake"

    def forget_imports(self) -> None:
        """Give the disk back."""
        for base in self.imported.values():
            shutil.rmtree(base)
        self.imported.clear()


Engine = Peer | Bookpath
PEERS = (Peer("polars", "peers/polars_etl.py"), Peer("duckdb", "peers/duckdb_etl.py"))
MERGE = Peer("merge", "peers/delta_merge.py")


def full_run(engine: Engine, tree: Path, place: Path, as_of: str) -> Sample:
    """One full run in a fresh place."""
    engine.prepare(tree, place)
    return measure(engine.command(tree, place, as_of))


def check_equal(engines: list[Engine], tree: Path, work: Path, as_of: str, what: str) -> None:
    """All engines give the same tables for a tree."""
    lakes = []
    for engine in engines:
        place = work / "runs" / f"check-{engine.name}"
        full_run(engine, tree, place, as_of)
        lakes.append(engine.lake(place))
    for engine, lake in zip(engines[1:], lakes[1:], strict=True):
        assert_equal(lakes[0], lake, f"{what}, {engines[0].name} and {engine.name}")
    for engine in engines:
        shutil.rmtree(work / "runs" / f"check-{engine.name}")


def interleave(cases: Mapping[Case, Callable[[], Sample]], rounds: int) -> dict[Case, Sample]:
    """Medians per case; each round starts with another case and the first round is dropped."""
    samples: dict[Case, list[Sample]] = {name: [] for name in cases}
    names = list(cases)
    for number in range(rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            samples[name].append(cases[name]())
    return {
        name: Sample(*(statistics.median(values) for values in zip(*kept[1:], strict=True)))
        for name, kept in samples.items()
    }


def print_medians(title: str, medians: dict[str, Sample], base: str) -> None:
    """A table of medians with wall time relative to one case."""
    say(f"\n{title}")
    say(f"  {'':12}{'wall s':>10}{'CPU s':>10}{'RSS MiB':>10}{'wall/' + base:>16}")
    for name, sample in medians.items():
        ratio = sample.wall_s / medians[base].wall_s
        say(f"  {name:12}{sample.wall_s:10.3f}{sample.cpu_s:10.3f}{sample.rss_mib:10.0f}{ratio:16.2f}")


def bench_full(engines: list[Engine], tree: Path, work: Path, rounds: int) -> dict[str, Sample]:
    """Medians of full runs of the history."""
    runs = work / "runs"
    cases = {engine.name: partial(full_run, engine, tree, runs / f"full-{engine.name}", AS_OF) for engine in engines}
    medians = interleave(cases, rounds)
    for place in [runs / f"full-{engine.name}" for engine in engines] + [runs / "retired"]:
        shutil.rmtree(place)
    return medians


def new_day_of_bookpath(bookpath: Bookpath, history: Path, new: Path, place: Path) -> Sample:
    """The run after the new day was imported beside a history that is done."""
    copy_data(history, place)
    bookpath.import_tree(new, place)
    return measure(bookpath.command(new, place, AS_OF))


def new_day_of_merge(history: Path, new: Path, place: Path) -> Sample:
    """The MERGE script on a lake that holds the history."""
    copy_data(history, place)
    return measure(MERGE.command(new, place, AS_OF))


def new_day(work: Path) -> Path:
    """The same day of about 111 records for every history: one that follows them all and changes rows of each."""
    return prepared_tree(work, NEW_DAY_SIZE) / "new"


def joined_tree(hist: Path, new: Path, target: Path) -> Path:
    """History and new day as one tree of links; the new day lies in partitions of its own."""
    joined = replace_directory(target)
    for part in (hist, new):
        shutil.copytree(part, joined, copy_function=os.link, dirs_exist_ok=True)
    return joined


def new_day_cases(bookpath: Bookpath | None, tree: Path, work: Path) -> dict[str, Callable[[], Sample]]:
    """The new day after the history of `tree`, by engine; each result must equal a full run over both."""
    runs, new = work / "runs" / f"day-{tree.name}", new_day(work)
    expected = runs / "expected"
    full_run(PEERS[0], joined_tree(tree / "hist", new, runs / "tree"), expected, AS_OF)
    history = runs / "history-merge"
    full_run(PEERS[0], tree / "hist", history, AS_OF)
    lakes = {MERGE.name: runs / "merge"}
    cases = {MERGE.name: partial(new_day_of_merge, history, new, runs / "merge")}
    if bookpath:
        own_history, place = runs / "history-bookpath", runs / "bookpath"
        full_run(bookpath, tree / "hist", own_history, AS_OF)
        lakes[bookpath.name] = bookpath.lake(place)
        cases[bookpath.name] = partial(new_day_of_bookpath, bookpath, own_history, new, place)
    for name, lake in lakes.items():
        cases[name]()
        assert_equal(expected, lake, f"{tree.name} and the new day, full run and {name}")
    return cases


def bench_new_day(bookpath: Bookpath | None, work: Path, sizes: list[str], rounds: int) -> dict[str, dict[str, Sample]]:
    """Medians of the new day after each history. All sizes take turns: a machine's speed drifts, their ratio must not."""
    cases: dict[tuple[str, str], Callable[[], Sample]] = {}
    for size in sizes:
        own = new_day_cases(bookpath, prepared_tree(work, size), work)
        cases |= {(size, engine): case for engine, case in own.items()}
        if bookpath:
            bookpath.forget_imports()
    medians = interleave(cases, rounds)
    for place in (work / "runs").glob("day-*"):
        shutil.rmtree(place)
    return {size: {engine: sample for (of, engine), sample in medians.items() if of == size} for size in sizes}


def full_targets(full: dict[str, dict[str, Sample]]) -> list[Target]:
    """The promises about full runs, for the sizes that were run."""
    targets = []
    for size, medians in full.items():
        fastest = min(medians[peer.name].wall_s for peer in PEERS)
        own = medians["bookpath"]
        name = f"full run at {size}: wall time over the faster peer's"
        targets.append(Target(name, own.wall_s / fastest, WALL_LIMITS[size]))
        if size == "1M":
            targets.append(Target(f"full run at {size}: peak RSS in MiB", own.rss_mib, RSS_LIMIT_MIB))
    return targets


def incremental_targets(incremental: dict[str, dict[str, Sample]]) -> list[Target]:
    """The promises about the new day, as far as both sizes were run."""
    small, large = (incremental.get(size) for size in INCREMENTAL_SIZES)
    if not (small and large):
        return []
    own, before, merge = large["bookpath"], small["bookpath"], large["merge"]
    return [
        Target("new day: CPU after 1M over CPU after 10k", own.cpu_s / before.cpu_s, FLATNESS_LIMIT),
        Target("new day: RSS after 1M over RSS after 10k", own.rss_mib / before.rss_mib, FLATNESS_LIMIT),
        Target("new day after 1M: wall time over MERGE's", own.wall_s / merge.wall_s, MERGE_LIMIT),
    ]


def print_flatness(incremental: dict[str, dict[str, Sample]]) -> None:
    """How much more the same day costs after the long history."""
    small, large = (incremental.get(size) for size in INCREMENTAL_SIZES)
    if not (small and large):
        return
    say("\nnew day after 1M over new day after 10k")
    for name, sample in large.items():
        wall, cpu, rss = (after / before for after, before in zip(sample, small[name], strict=True))
        say(f"  {name:12} wall {wall:.2f}  CPU {cpu:.2f}  RSS {rss:.2f}")


def check_all(engines: list[Engine], work: Path, sizes: list[str]) -> None:
    """Every equality that must hold before a time means anything."""
    say("checking that all engines give equal tables")
    check_equal(engines, hard_tree(work), work, AS_OF, "hard cases")
    check_equal(engines, work / "trees" / "hard", work, MID_PERIOD, f"hard cases as of {MID_PERIOD}")
    for size in sizes:
        tree = prepared_tree(work, size) / "hist"
        check_equal(engines, tree, work, AS_OF, size)
        if size != "1M":
            check_equal(engines, tree, work, MID_PERIOD, f"{size} as of {MID_PERIOD}")


def bench(args: argparse.Namespace) -> Report:
    """Check, time and judge everything that was asked for."""
    bookpath = None if args.peers_only else Bookpath(args.bookpath)
    engines: list[Engine] = [*([bookpath] if bookpath else []), *PEERS]
    report = Report(AS_OF, args.rounds, os.cpu_count() or 1)
    say(f"as_of of every run is {AS_OF}, the end of the new day")
    if not args.new_day_only:
        check_all(engines, args.work, args.sizes)
    full_sizes = [] if args.new_day_only else args.sizes
    for size in full_sizes:
        tree = prepared_tree(args.work, size)
        report.full[size] = bench_full(engines, tree / "hist", args.work, args.rounds)
        print_medians(f"full run, {size} records", report.full[size], engines[0].name)
        if bookpath:
            bookpath.forget_imports()
    if not args.full_only:
        sizes = [size for size in args.sizes if size in INCREMENTAL_SIZES]
        report.incremental = bench_new_day(bookpath, args.work, sizes, args.rounds * NEW_DAY_ROUNDS)
        for size, medians in report.incremental.items():
            print_medians(f"new day after {size} records", medians, MERGE.name)
    print_flatness(report.incremental)
    if bookpath:
        report.targets = full_targets(report.full) + incremental_targets(report.incremental)
    return report


def judge(targets: list[Target]) -> int:
    """Prints a line for each promise; the exit code is 1 when one is missed."""
    for target in targets:
        verdict = "PASS" if target.passed else "FAIL"
        say(f"{verdict} {target.name}: {target.value:.2f} (at most {target.limit:.2f})")
    return 0 if all(target.passed for target in targets) else 1


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare Bookpath's ETL with its peers.")
    parser.add_argument("--work", type=Path, required=True, help="directory for trees (kept) and runs")
    parser.add_argument("--sizes", nargs="+", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=6, help="rounds, of which the first is dropped")
    parser.add_argument("--bookpath", type=Path, default=Path("target/release/bookpath"))
    parser.add_argument("--peers-only", action="store_true", help="leave Bookpath and the targets out")
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--full-only", action="store_true", help="leave the new day out")
    part.add_argument("--new-day-only", action="store_true", help="leave the full runs out")
    parser.add_argument("--json", type=Path, help="write the medians and targets to this file")
    args = parser.parse_args()
    if args.rounds < 2:
        parser.error("--rounds must be at least 2, since the first is dropped")
    if not args.peers_only and not args.bookpath.is_file():
        parser.error(f"there is no binary {args.bookpath}; build it or give --peers-only")
    args.work, args.bookpath = args.work.resolve(), args.bookpath.resolve()
    return args


def main() -> int:
    args = parse_args()
    try:
        report = bench(args)
    except BenchError as error:
        say(f"FAIL {error}")
        return 1
    finally:
        shutil.rmtree(args.work / "runs", ignore_errors=True)
    if args.json:
        args.json.write_text(json.dumps(report.to_json(), indent=1) + "\n", "utf-8")
    say("")
    return judge(report.targets)


if __name__ == "__main__":
    sys.exit(main())
