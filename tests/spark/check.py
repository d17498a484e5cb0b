"""The models' SQL on Spark's protocol (Sail) gives the rows of DataFusion, and the driver leaves tables that the
application goes on with.

    BOOKPATH_BIN=... python -m unittest -v check
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import warnings
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timezone
from pathlib import Path

import lakes
from deltalake import CommitProperties, DeltaTable, Transaction
from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parents[2]
SPARK = ROOT / "infra" / "spark"
sys.path.insert(0, str(SPARK))
import driver  # noqa: E402

BOOKPATH = os.environ["BOOKPATH_BIN"]
# After everything that the demo plays, so that every call has its outcome.
AS_OF, LATER, LAST = "2100-01-01T00:00:00Z", "2100-01-02T00:00:00Z", "2100-01-03T00:00:00Z"


WORK = tempfile.TemporaryDirectory(prefix="bookpath-spark-")
DEMO = Path(WORK.name) / "demo"
SERVER = SparkConnectServer("127.0.0.1", 0)


def setUpModule() -> None:
    """A demo business with its lake, and a server that speaks Spark's protocol."""
    warnings.simplefilter("ignore")
    lakes.demo(BOOKPATH, DEMO)
    lakes.etl(BOOKPATH, DEMO, AS_OF)
    SERVER.start(background=True)


def tearDownModule() -> None:
    WORK.cleanup()


class World(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.work, cls.data = Path(WORK.name), DEMO
        cls.remote = f"sc://127.0.0.1:{SERVER.listening_address[1]}"
        cls.spark = SparkSession.builder.remote(cls.remote).getOrCreate()
        cls.models = driver.catalog()
        cls.here = [model for model in cls.models if model.runs_here]
        cls.gold = [model for model in cls.here if model.name.startswith("gold.")]

    def copy(self, name: str) -> Path:
        return shutil.copytree(self.data, self.work / name)

    def run_driver(self, lake: Path, *arguments: str, script: Path = SPARK / "driver.py") -> dict[str, dict]:
        command = [sys.executable, "-W", "ignore", str(script), "--lake", str(lake), *arguments]
        environment = {**os.environ, "SPARK_REMOTE": self.remote}
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        return {done["table"]: done for done in map(json.loads, run.stdout.splitlines())}

    def path(self, lake: Path, model: driver.Model) -> Path:
        return lake / model.name.replace(".", "/")

    def versions(self, lake: Path) -> dict[str, int]:
        return {model.name: DeltaTable(str(self.path(lake, model))).version() for model in self.here}

    def assert_same(self, one: list[dict], other: list[dict], columns: list[str], name: str) -> None:
        self.assertEqual(lakes.comparable(one, columns), lakes.comparable(other, columns), name)


class Rows(World):
    def test_every_table_of_the_demo_has_the_rows_of_the_application(self) -> None:
        lake = driver.Lake(self.spark, str(self.data / "lake"), self.models)
        for model in self.here:
            ours = lakes.stored(self.path(self.data / "lake", model))
            self.assertTrue(ours, model.name)
            theirs = lakes.collected(lake.fresh(model, self.models).toArrow().to_batches())
            self.assert_same(theirs, ours, model.content, model.name)

    def test_halves_negatives_and_nulls_come_out_as_in_datafusion(self) -> None:
        folder = self.work / "hard"
        models = lakes.hard(folder, self.models)
        self.assertGreaterEqual(len(models), 5)
        lake = driver.Lake(self.spark, str(folder), self.models)
        for model in models:
            theirs = lakes.collected(lake.fresh(model, self.models).toArrow().to_batches())
            ours = lakes.by_datafusion(folder, model)
            self.assertTrue(ours, model.name)
            self.assert_same(theirs, ours, model.content, model.name)
        # The tables are not there yet: the driver makes them, with what the application gives its own.
        names = ",".join(model.name for model in models)
        self.run_driver(folder, "--as-of", AS_OF, "--tables", names)
        for model in models:
            table = DeltaTable(str(self.path(folder, model)))
            self.assertEqual((table.protocol().min_reader_version, table.protocol().min_writer_version), (1, 2))
            self.assertEqual([field.name for field in table.schema().fields], list(model.types))
            self.assertEqual(table.metadata().configuration, driver.PROPERTIES)
            self.assert_same(lakes.stored(self.path(folder, model)), lakes.by_datafusion(folder, model), model.content, model.name)


class Tables(World):
    def damage(self, lake: Path) -> None:
        """What another writer may have done: wrong rows, missing rows, rows of no key, and a table that is gone."""
        costs = DeltaTable(str(lake / "gold/cost_per_booking"))
        costs.update(updates={"bookings": "bookings + 5"}, predicate="channel = 'email'")
        costs.delete("campaign IS NULL")
        DeltaTable(str(lake / "gold/bookings_trend")).delete("extract(month FROM booking_date) = 10")
        sources = DeltaTable(str(lake / "gold/daily_bookings_by_source"))
        sources.update(updates={"marketing_channel": "'nobody'"}, predicate="marketing_channel = 'email'")
        bookings = DeltaTable(str(lake / "silver/bookings"))
        bookings.update(updates={"outcome": "'canceled'"}, predicate="booking_month = 9")
        shutil.rmtree(lake / "gold/channel_attribution")

    def test_the_driver_mends_what_differs_and_the_application_goes_on(self) -> None:
        data = self.copy("mended")
        lake = data / "lake"
        before = {model.name: lakes.stored(self.path(lake, model)) for model in self.here}
        self.damage(lake)
        subprocess.run([sys.executable, str(SPARK / "bundle.py")], check=True)
        done = self.run_driver(lake, "--as-of", LATER, script=SPARK / "job.py")
        self.assertGreater(done["gold.daily_bookings_by_source"]["taken"], 0)
        versions = self.versions(lake)
        for model in self.here:
            after = lakes.stored(self.path(lake, model))
            self.assert_same(after, before[model.name], model.content, model.name)
            if "as_of" in model.types:
                kept = lakes.comparable(before[model.name], list(model.types))
                now = set(lakes.comparable(after, list(model.types)))
                self.assertEqual(len(kept) - sum(row in now for row in kept), done[model.name]["put"], model.name)
        again = self.run_driver(lake, "--as-of", LAST)
        self.assertEqual({(one["put"], one["taken"]) for one in again.values()}, {(0, 0)})
        self.assertEqual(self.versions(lake), versions, "a run that changes nothing commits nothing")
        as_spark_left_it = {model.name: lakes.stored(self.path(lake, model)) for model in self.here}
        # Sail writes no application transactions, so the application looks at everything, and finds it right.
        told = lakes.etl(BOOKPATH, data, LAST)
        self.assertGreater(told["gold.cost_per_booking"]["rows_read"], 0)
        self.assertEqual({told[model.name]["rows_written"] for model in self.here}, {0})
        for model in self.here:
            self.assert_same(lakes.stored(self.path(lake, model)), as_spark_left_it[model.name], list(model.types), model.name)

    def test_what_delta_on_spark_notes_is_what_the_application_looks_for(self) -> None:
        data = self.copy("noted")
        bookings = DeltaTable(str(data / "lake/silver/bookings"))
        bookings.update(updates={"outcome": "outcome"}, predicate="booking_month = 9")
        for model in self.gold:
            table = DeltaTable(str(self.path(data / "lake", model)))
            newest = {read: DeltaTable(str(data / "lake" / read.replace(".", "/"))).version() for read in model.spec["reads"]}
            for name, number in driver.notes(model, newest, datetime(2100, 1, 2, tzinfo=timezone.utc)).items():
                properties = CommitProperties(app_transactions=[Transaction(name, number)])
                table.create_write_transaction([], "append", table.schema(), commit_properties=properties)
        told = lakes.etl(BOOKPATH, data, LATER)
        self.assertEqual({told[model.name]["rows_read"] for model in self.gold}, {0})
        self.assertEqual({told[model.name]["commits"] for model in self.gold}, {0})

    def test_a_table_that_another_run_wrote_to_meanwhile_is_left_to_it(self) -> None:
        lake = self.copy("overtaken") / "lake"
        model = next(model for model in self.gold if model.name == "gold.bookings_trend")
        trend = str(self.path(lake, model))
        DeltaTable(trend).delete("extract(month FROM booking_date) = 10")
        seen = driver.Lake(self.spark, str(lake), self.models)

        class Meanwhile(AbstractContextManager):
            def __enter__(self) -> None:
                DeltaTable(trend).delete("extract(month FROM booking_date) = 9")

            def __exit__(self, *_: object) -> None:
                pass

        as_of = datetime(2100, 1, 2, tzinfo=timezone.utc)
        done = driver.make(seen, model, self.models, as_of, Meanwhile())
        self.assertTrue(done["overtaken"])
        self.assertFalse([row for row in lakes.stored(Path(trend)) if row["booking_date"].month in (9, 10)])
        done = driver.make(driver.Lake(self.spark, str(lake), self.models), model, self.models, as_of, nullcontext())
        self.assertGreater(done["put"], 0)


if __name__ == "__main__":
    unittest.main()
