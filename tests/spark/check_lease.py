"""The driver's lease keeps others away, ends by itself, and is written as the application reads it."""

from __future__ import annotations

import json
import sys
import threading
import time
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "infra" / "spark"))
import lease  # noqa: E402

SHORT = timedelta(seconds=0.3)


class Refused(Exception):
    pass


class Busy(Exception):
    pass


class Table:
    """DynamoDB with one item and the two conditions that the lease uses."""

    class exceptions:
        ConditionalCheckFailedException = Refused
        TransactionConflictException = Busy

    def __init__(self) -> None:
        self.item: dict | None = None
        self.lock = threading.Lock()

    def check(self, request: dict) -> None:
        known = request.get("ExpressionAttributeValues", {}).get(":known")
        wanted = None if request["ConditionExpression"] == "attribute_not_exists(pk)" else known
        if wanted != (self.item or {}).get("item_version"):
            raise Refused

    def get_item(self, **request: object) -> dict:
        assert request["Key"] == {"pk": {"S": "lease#etl"}, "sk": {"S": "row"}} and request["ConsistentRead"]
        return {"Item": dict(self.item)} if self.item else {}

    def put_item(self, **request: object) -> None:
        with self.lock:
            self.check(request)
            self.item = request["Item"]

    def delete_item(self, **request: object) -> None:
        with self.lock:
            self.check(request)
            self.item = None


def held(table: Table, wait_s: float = 0) -> lease.Lease:
    return lease.Lease("state", table, term=SHORT, wait_s=wait_s)


class Leases(unittest.TestCase):
    def test_one_holder_at_a_time_and_none_afterwards(self) -> None:
        table = Table()
        with held(table):
            with self.assertRaises(TimeoutError), held(table):
                self.fail("two hold the lease")
        self.assertIsNone(table.item)
        with held(table):
            self.assertEqual(table.item["item_version"], {"N": "1"})

    def test_a_long_holder_renews_and_a_dead_one_is_followed(self) -> None:
        table = Table()
        with held(table):
            time.sleep(3 * SHORT.total_seconds())
            self.assertGreater(int(table.item["item_version"]["N"]), 2)
            with self.assertRaises(TimeoutError), held(table):
                self.fail("a renewed lease was taken")
        until = (datetime.now(timezone.utc) - SHORT).isoformat()
        # Nine digits of a second, as the application writes them.
        body = {"owner": "dead", "until": until.replace("+00:00", "123Z")}
        table.item = {**lease.KEY, "item_version": {"N": "7"}, "item_body": {"S": json.dumps(body)}}
        with held(table):
            self.assertEqual(table.item["item_version"], {"N": "8"})

    def test_whoever_lost_it_is_told(self) -> None:
        table = Table()
        with self.assertRaisesRegex(RuntimeError, "lost"), held(table):
            table.item = {**table.item, "item_version": {"N": "99"}}

    def test_the_names_are_those_of_the_application(self) -> None:
        item = (ROOT / "crates/platform-aws/src/table/item.rs").read_text()
        for name in ("pk", "sk", "item_version", "item_body"):
            self.assertIn(f'&str = "{name}";', item)
        rust = (ROOT / "crates/app/src/lake/lease.rs").read_text()
        self.assertIn('ItemKey::new(format!("lease#{name}"), "row")', rust)
        self.assertIn(f"SignedDuration::from_secs({lease.TERM.seconds})", rust)
        self.assertIn('const NAME: &str = "etl";', (ROOT / "crates/platform-aws/src/lease_lock.rs").read_text())


if __name__ == "__main__":
    unittest.main()
