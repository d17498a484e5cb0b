"""The lake's SQL models on Spark, for when one machine is outgrown (docs/SPARK.md).

In: models/*.yml and *.sql, and the Delta tables that they read. Out: the same Delta tables as the application writes. Each
table becomes what its query says now: rows that differ are merged in by key with the run's as_of, equal rows keep theirs,
and a run that changes nothing commits nothing. Models that read bronze, and those without SQL, stay the application's.

    driver.py --lake URL [--as-of T] [--tables silver.bookings,gold.bookings_trend] [--lease TABLE]

URL is the folder above silver/ and gold/; `{tier}` in it stands for either, where each has a bucket of its own.
"""

from __future__ import annotations

import argparse
import json
import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lease import Lease

# bundle.py puts the files of models/ here; empty, they are read from the repository.
FILES: dict[str, str | dict] = {}
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    # Delta's own type; Spark's default is an older one.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
PROPERTIES = {"delta.isolationLevel": "Serializable", "delta.checkpointInterval": "10"}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SPARK_TYPES = {"integer": "int", "long": "bigint"}


@dataclass(frozen=True)
class Model:
    name: str
    spec: dict
    sql: str | None

    @cached_property
    def types(self) -> dict[str, str]:
        """Spark's type of each column; those of a list or struct are written as Spark writes them."""
        return {c["name"]: SPARK_TYPES.get(c["type"], c["type"]) for c in self.spec["columns"]}

    @cached_property
    def content(self) -> list[str]:
        """The columns in which two equal rows agree."""
        return [c["name"] for c in self.spec["columns"] if not c.get("volatile")]

    @property
    def view(self) -> str:
        return self.name.replace(".", "__")

    @property
    def runs_here(self) -> bool:
        return self.sql is not None and not any(read.startswith("bronze.") for read in self.spec["reads"])


def files(folder: Path) -> dict[str, str | dict]:
    """What lies in models/: queries as they are, YAML read."""
    import yaml

    texts = {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.glob("*/*.*"))}
    return {path: yaml.safe_load(text) if path.endswith(".yml") else text for path, text in texts.items()}


def catalog() -> list[Model]:
    """All models, each after those that it reads."""
    found = FILES or files(Path(__file__).resolve().parents[2] / "models")
    stems = [path.removesuffix(".yml") for path in found if path.endswith(".yml")]
    models = {s.replace("/", "."): Model(s.replace("/", "."), found[f"{s}.yml"], found.get(f"{s}.sql")) for s in stems}
    reads = {name: [read for read in model.spec["reads"] if read in models] for name, model in models.items()}
    return [models[name] for name in TopologicalSorter(reads).static_order()]


class Lake:
    """The tables at the versions at which this run looks at them."""

    def __init__(self, spark: SparkSession, url: str, models: list[Model]) -> None:
        self.spark, self.url = spark, url.rstrip("/")
        for name, value in SETTINGS.items():
            spark.conf.set(name, value)
        # Last first: what a table is made from is then never older than the table that it is compared with.
        self.seen = {model.name: self.version(model) for model in reversed(models)}

    def path(self, model: Model) -> str:
        tier, table = model.name.split(".")
        return f"{self.url.replace('{tier}', tier)}/{tier}/{table}"

    def version(self, model: Model) -> int | None:
        """The newest version by the log's names; None for a table that does not exist."""
        try:
            log = self.spark.read.format("binaryFile").load(f"{self.path(model)}/_delta_log/0*")
            names = [row.path.rsplit("/", 1)[1] for row in log.select("path").collect()]
        except Exception as error:
            if "PATH_NOT_FOUND" not in str(error):
                raise
            names = []
        return max((int(name.split(".")[0]) for name in names), default=None)

    def rows(self, model: Model) -> DataFrame:
        version = self.seen[model.name]
        if version is None:
            return self.spark.createDataFrame([], ", ".join(f"`{name}` {kind}" for name, kind in model.types.items()))
        return self.spark.read.format("delta").option("versionAsOf", version).load(self.path(model))

    def fresh(self, model: Model, models: list[Model]) -> DataFrame:
        """The rows of the model's query, in the table's types; columns that it does not make are NULL."""
        for source in models:
            if source.name in model.spec["reads"]:
                self.rows(source).createOrReplaceTempView(source.view)
        query = re.sub(r"\b(silver|gold)\.(\w+)", r"\1__\2", model.sql)
        made = self.spark.sql(query)
        return made.select(*[
            (F.col(name) if name in made.columns else F.lit(None)).cast(model.types[name]).alias(name)
            for name in model.content
        ])

    def changes(self, model: Model, fresh: DataFrame, as_of: datetime) -> DataFrame:
        """Rows to put in, and keys to take out, which are `gone`."""
        key, stored = model.spec["key"], self.rows(model)
        put = fresh.subtract(stored.select(model.content)).withColumn("gone", F.lit(False))
        take = stored.select(key).subtract(fresh.select(key)).withColumn("gone", F.lit(True))
        both = put.unionByName(take, allowMissingColumns=True)
        for name in model.types.keys() - set(model.content):
            both = both.withColumn(name, F.lit(as_of.isoformat()).cast(model.types[name]))
        return both

    def create(self, model: Model) -> None:
        """Makes the table as the application does."""
        properties = dict(PROPERTIES)
        if model.spec.get("statistics"):
            properties["delta.dataSkippingStatsColumns"] = ",".join(model.spec["statistics"])
        writer = self.rows(model).write.format("delta").options(**properties)
        writer.partitionBy(*model.spec.get("partitions", [])).save(self.path(model))

    def merge(self, model: Model, changes: DataFrame) -> None:
        changes.createOrReplaceTempView("changes")
        same = " AND ".join(f"t.`{name}` <=> c.`{name}`" for name in model.spec["key"])
        names = ", ".join(f"`{name}`" for name in model.types)
        self.spark.sql(
            f"MERGE INTO delta.`{self.path(model)}` AS t USING changes AS c ON {same} "
            "WHEN MATCHED AND c.gone THEN DELETE "
            f"WHEN MATCHED THEN UPDATE SET {', '.join(f't.`{name}` = c.`{name}`' for name in model.types)} "
            f"WHEN NOT MATCHED AND NOT c.gone THEN INSERT ({names}) "
            f"VALUES ({', '.join(f'c.`{name}`' for name in model.types)})"
        ).collect()

    def note(self, model: Model, as_of: datetime) -> None:
        """Delta takes one transaction a commit, and skips the commit of one that it has already."""
        for name, number in notes(model, self.seen, as_of).items():
            nothing = self.rows(model).limit(0).write.format("delta").mode("append")
            nothing.options(txnAppId=name, txnVersion=str(number)).save(self.path(model))


def notes(model: Model, versions: dict[str, int | None], as_of: datetime) -> dict[str, int]:
    """What a gold table's rows follow, as application transactions: the application's next run goes on from there."""
    found = {f"bookpath.source.{read}": versions[read] for read in model.spec["reads"]}
    found["bookpath.as_of"] = (as_of - EPOCH) // timedelta(microseconds=1)
    return {name: number for name, number in found.items() if number is not None}


def make(lake: Lake, model: Model, models: list[Model], as_of: datetime, lease: AbstractContextManager) -> dict:
    """Brings one table up to its query; what was done."""
    changes = lake.changes(model, lake.fresh(model, models), as_of).cache()
    counted = {row["gone"]: row["count"] for row in changes.groupBy("gone").count().collect()}
    done = {"table": model.name, "put": counted.get(False, 0), "taken": counted.get(True, 0)}
    with lease:
        if lake.version(model) != lake.seen[model.name]:
            # Another run wrote to it meanwhile. What it made may be newer, so its rows and notes stand.
            return {**done, "put": 0, "taken": 0, "overtaken": True}
        if counted:
            if lake.seen[model.name] is None:
                lake.create(model)
            lake.merge(model, changes)
            lake.seen[model.name] = lake.version(model)
        if model.name.startswith("gold.") and lake.seen[model.name] is not None:
            lake.note(model, as_of)
            lake.seen[model.name] = lake.version(model)
    changes.unpersist()
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    parser.add_argument("--lake", required=True)
    parser.add_argument("--as-of", type=datetime.fromisoformat, default=datetime.now(timezone.utc), help="RFC 3339; by default now")
    parser.add_argument("--tables", help="only these, by comma")
    parser.add_argument("--lease", help="DynamoDB table of the write lease, where other writers are about")
    # Glue hands its own arguments over too.
    arguments, _ = parser.parse_known_args()
    models = catalog()
    wanted = set(arguments.tables.split(",")) if arguments.tables else {m.name for m in models if m.runs_here}
    if unknown := wanted - {model.name for model in models if model.runs_here}:
        raise SystemExit(f"no model that Spark can run: {', '.join(sorted(unknown))}")
    lease = Lease(arguments.lease) if arguments.lease else nullcontext()
    lake = Lake(SparkSession.builder.appName("bookpath").getOrCreate(), arguments.lake, models)
    for model in models:
        if model.name in wanted:
            print(json.dumps(make(lake, model, models, arguments.as_of, lease)), flush=True)


if __name__ == "__main__":
    main()
