"""Open every silver and gold table of a lake with two independent readers.

    read_tables.py LAKE_DIR [--rows TABLE]

Prints ``{"silver/invitees": {"version": 3, "columns": [["invitee_uri", "string"], ...], "rows": 10}, ...}``.
Each table is read in full by delta-rs and by Polars; a reader that fails, or two that disagree about
columns or rows, end the run with exit code 1 and one line on stderr.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import polars as pl
from deltalake import DeltaTable, QueryBuilder
from deltalake.schema import PrimitiveType


class ReadersDisagree(Exception):
    """The two readers saw different tables."""


def type_name(delta_type: Any) -> Any:
    """A primitive's name, or the JSON form of a list, map or struct."""
    return delta_type.type if isinstance(delta_type, PrimitiveType) else json.loads(delta_type.to_json())


def count_rows_delta(table: DeltaTable) -> int:
    """The rows that delta-rs reads, every column included."""
    batches = QueryBuilder().register("t", table).execute("SELECT * FROM t")
    return sum(batch.num_rows for batch in batches)


def describe(path: Path) -> dict[str, Any]:
    """Version, columns and row count of one table, as both readers see it."""
    table = DeltaTable(str(path))
    columns = [[field.name, type_name(field.type)] for field in table.schema().fields]
    rows = count_rows_delta(table)
    frame = pl.scan_delta(str(path)).collect()
    if frame.height != rows:
        raise ReadersDisagree(f"delta-rs reads {rows} rows, Polars {frame.height}")
    if frame.columns != [name for name, _ in columns]:
        raise ReadersDisagree(f"delta-rs reads columns {columns}, Polars {frame.columns}")
    return {"version": table.version(), "columns": columns, "rows": rows}


def table_paths(lake: Path) -> dict[str, Path]:
    """Every table below silver/ and gold/, by its name."""
    logs = [log for layer in ("silver", "gold") for log in sorted((lake / layer).glob("*/_delta_log"))]
    return {log.parent.relative_to(lake).as_posix(): log.parent for log in logs}


def main() -> int:
    parser = argparse.ArgumentParser(description="Read a lake with delta-rs and Polars.")
    parser.add_argument("lake", type=Path)
    parser.add_argument("--rows", metavar="TABLE", help="also print this table's rows, as `data`")
    args = parser.parse_args()
    lake = args.lake
    paths = table_paths(lake)
    if not paths:
        print(f"no silver or gold table below {lake}", file=sys.stderr)
        return 1
    described = {}
    for name, path in paths.items():
        try:
            described[name] = describe(path)
            if name == args.rows:
                described[name]["data"] = pl.scan_delta(str(path)).collect().to_dicts()
        except Exception as error:  # any failure of a reader is the finding this script is for
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
            return 1
    print(json.dumps(described, indent=1, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main())
