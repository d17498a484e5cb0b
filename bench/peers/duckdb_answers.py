"""Answers a month's numbers with DuckDB and deltalake: a question a line in, the seconds that its answer took out.

Tables stay open; before each answer a table is brought up to its newest version, as a dashboard has to.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import duckdb
from deltalake import DeltaTable

# Which rows are of the month, by table; $1 is the month, $2 and $3 its first and last day.
WHERE = {
    "metrics": "month = $1 AND $2 <> $3",
    "booking_time_analysis": "$1 <> $2 AND $2 <> $3",
    "bookings_trend": "booking_date BETWEEN $2::DATE AND $3::DATE AND $1 <> ''",
    "channel_attribution": "month = $1 AND $2 <> $3",
    "cost_per_booking": "booking_date BETWEEN $2::DATE AND $3::DATE AND $1 <> ''",
    "daily_bookings_by_source": "booking_date BETWEEN $2::DATE AND $3::DATE AND $1 <> ''",
}
NAMES = {"metrics": "kpi_monthly"}


class Answers:
    """Open tables and a connection."""

    def __init__(self, lake: Path) -> None:
        self.lake = lake
        self.tables: dict[str, DeltaTable] = {}
        self.connection = duckdb.connect()

    def answer(self, question: str, month: list[str]) -> str:
        """The rows of the month as JSON."""
        name = NAMES.get(question, question)
        table = self.tables.get(name)
        if table is None:
            table = self.tables[name] = DeltaTable(str(self.lake / "gold" / name))
        else:
            table.update_incremental()
        self.connection.register("rows", table.to_pyarrow_dataset())
        query = f"SELECT * FROM rows WHERE {WHERE[question]} LIMIT 1000"
        rows = self.connection.sql(query, params=month).to_arrow_table().to_pylist()
        return json.dumps(rows, default=str)


def main() -> None:
    parser = argparse.ArgumentParser(description="Answer a month's numbers.")
    parser.add_argument("--lake", type=Path, required=True)
    answers = Answers(parser.parse_args().lake)
    for line in sys.stdin:
        asked = json.loads(line)
        began = time.perf_counter()
        answers.answer(asked["question"], asked["month"])
        print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)


if __name__ == "__main__":
    main()
