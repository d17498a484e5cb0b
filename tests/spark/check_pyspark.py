"""The models' SQL on Spark itself gives the rows of DataFusion, over the demo business and over hard rows.

    BOOKPATH_BIN=... python check_pyspark.py
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

import lakes
from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "infra" / "spark"))
import driver  # noqa: E402


class Files(driver.Lake):
    """The driver's tables, read as the Parquet files that the log names: Delta's own reader is not here."""

    def rows(self, model: driver.Model) -> DataFrame:
        if self.seen[model.name] is None:
            return super().rows(model)
        table = DeltaTable(self.path(model))
        schema = StructType.fromJson(json.loads(table.schema().to_json()))
        return self.spark.read.schema(schema).option("basePath", self.path(model)).parquet(*table.file_uris())


def differing(spark: SparkSession, folder: Path, models: list[driver.Model], compared: list[driver.Model]) -> list[str]:
    """The tables whose rows are not those that Spark makes."""
    lake, found = Files(spark, str(folder), models), []
    for model in compared:
        ours, theirs = lake.rows(model), lake.fresh(model, models)
        rows = ours.count()
        same = 0 < rows == theirs.count() and not lake.changes(model, theirs, datetime.now(timezone.utc)).count()
        print(f"{model.name}: {rows} rows, {'the same' if same else 'DIFFERENT'}", flush=True)
        found += [] if same else [model.name]
    return found


def main() -> int:
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.sql.shuffle.partitions", "4").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    models, bookpath = driver.catalog(), os.environ["BOOKPATH_BIN"]
    with tempfile.TemporaryDirectory(prefix="bookpath-pyspark-") as work:
        data, folder = Path(work) / "demo", Path(work) / "hard"
        lakes.demo(bookpath, data)
        lakes.etl(bookpath, data, "2100-01-01T00:00:00Z")
        found = differing(spark, data / "lake", models, [model for model in models if model.runs_here])
        hard = lakes.hard(folder, models)
        for model in hard:
            lakes.write(folder, model, lakes.by_datafusion(folder, model))
        found += differing(spark, folder, models, hard)
    spark.stop()
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
