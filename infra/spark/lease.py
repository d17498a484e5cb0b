"""The application's write lease of the lake, held by a process outside of it.

Delta on Spark writes its log to S3 without a condition, so two writers at once could overwrite each other's commit. The
application's steps take this lease before they write (crates/app/src/lake/lease.rs), and so does whoever else does.
In: the state table. The item's form is that of crates/platform-aws/src/table/item.rs.
"""

import json
import threading
import time
import uuid
from datetime import datetime, timedelta, timezone

KEY = {"pk": {"S": "lease#etl"}, "sk": {"S": "row"}}
TERM = timedelta(seconds=60)
RENEWAL_S, PAUSE_S = 20, 0.5
# Longer than any step of the application works.
WAIT_S = 1200


class Lease:
    """`with Lease(table):` waits until nobody else writes, and renews what it holds until the end."""

    def __init__(self, table: str, client: object = None, term: timedelta = TERM, wait_s: float = WAIT_S) -> None:
        if client is None:
            import boto3

            client = boto3.client("dynamodb")
        self.client, self.table, self.term, self.wait_s = client, table, term, wait_s
        self.owner, self.version, self.lost = str(uuid.uuid4()), 0, False

    def __enter__(self) -> "Lease":
        end = time.monotonic() + self.wait_s
        while not self.take():
            if time.monotonic() > end:
                raise TimeoutError("another run has been writing to the tables all the time")
            time.sleep(PAUSE_S)
        self.lost, self.done = False, threading.Event()
        self.renewing = threading.Thread(target=self.renew, daemon=True)
        self.renewing.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.renewing.join()
        try:
            self.client.delete_item(TableName=self.table, Key=KEY, **self.unchanged())
        except self.client.exceptions.ConditionalCheckFailedException:
            self.lost = True
        if self.lost:
            raise RuntimeError("the write lease was lost, so another run may have written at the same time; run again")

    def take(self) -> bool:
        item = self.client.get_item(TableName=self.table, Key=KEY, ConsistentRead=True).get("Item")
        if item and datetime.fromisoformat(json.loads(item["item_body"]["S"])["until"]) > datetime.now(timezone.utc):
            return False
        self.version = int(item["item_version"]["N"]) if item else 0
        return self.put()

    def put(self) -> bool:
        """Writes the next version, if the stored one is still the one that we know."""
        until = (datetime.now(timezone.utc) + self.term).isoformat().replace("+00:00", "Z")
        body = {"S": json.dumps({"owner": self.owner, "until": until})}
        item = {**KEY, "item_version": {"N": str(self.version + 1)}, "item_body": body}
        try:
            self.client.put_item(TableName=self.table, Item=item, **self.unchanged())
        except (self.client.exceptions.ConditionalCheckFailedException, self.client.exceptions.TransactionConflictException):
            return False
        self.version += 1
        return True

    def unchanged(self) -> dict:
        if self.version == 0:
            return {"ConditionExpression": "attribute_not_exists(pk)"}
        known = {":known": {"N": str(self.version)}}
        return {"ConditionExpression": "item_version = :known", "ExpressionAttributeValues": known}

    def renew(self) -> None:
        while not self.done.wait(min(RENEWAL_S, self.term.total_seconds() / 3)):
            if not self.put():
                self.lost = True
                return
