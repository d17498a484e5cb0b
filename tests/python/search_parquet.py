"""Look for texts in every Parquet file below a folder, tables' checkpoints included, whatever their compression.

    search_parquet.py DIR TEXT...

Prints ``{"files": 12, "found": [["gold/x/part-0.parquet", "jane@acme.co"]]}``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl


def main() -> int:
    root, texts = Path(sys.argv[1]), [text.lower() for text in sys.argv[2:]]
    files = sorted(root.rglob("*.parquet"))
    found = []
    for file in files:
        rows = json.dumps(pl.read_parquet(file).to_dicts(), default=str).lower()
        found += [[file.relative_to(root).as_posix(), text] for text in texts if text in rows]
    print(json.dumps({"files": len(files), "found": found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
