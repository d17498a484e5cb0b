"""In: batches that the emulator reads from a Kinesis stream. Out: the function invoked as AWS would.

The emulator hands a batch over once per second for ever and reads only whether the function failed. Here the batch
is delivered with what the event source mapping says: partial batch answers, bisection on failure, a bounded number of
attempts, and the record itself in the failure bucket when they are used up.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import boto3
from ministack.services import lambda_svc

log = logging.getLogger("bookpath.event_source")

RETRY_PAUSE_SECONDS = 0.2
# A mapping without a limit retries until the record expires; a test wants an end.
ATTEMPTS_WHEN_UNBOUNDED = 50

Invoke = Callable[[list[dict]], dict]

# Set in the thread that reads the streams, while it does.
polling = threading.local()


def failed_records(records: list[dict], result: dict, partial: bool) -> list[dict]:
    """What the function did not accept: all of a failed call, else everything from the lowest named record on."""
    if result.get("error"):
        return records
    if not partial:
        return []
    body = result.get("body")
    if isinstance(body, str | bytes):
        try:
            body = json.loads(body)
        except ValueError:
            return records
    named = {item.get("itemIdentifier") for item in (body or {}).get("batchItemFailures") or []}
    if not named:
        return []
    positions = [i for i, record in enumerate(records) if record["kinesis"]["sequenceNumber"] in named]
    # A name that is not in the batch fails the whole batch.
    return records[positions[0] :] if len(positions) == len(named) else records


def deliver(records: list[dict], mapping: dict, invoke: Invoke, give_up: Callable[[list[dict]], None]) -> None:
    """Delivers until every record is accepted or given up, in order."""
    partial = "ReportBatchItemFailures" in (mapping.get("FunctionResponseTypes") or [])
    bisect = bool(mapping.get("BisectBatchOnFunctionError"))
    limit = mapping.get("MaximumRetryAttempts", -1)
    retries_max = limit if isinstance(limit, int) and limit >= 0 else ATTEMPTS_WHEN_UNBOUNDED
    pending = [(records, 0)]
    while pending:
        batch, retries = pending.pop(0)
        failed = failed_records(batch, invoke(batch), partial)
        if not failed:
            continue
        if len(failed) < len(batch):
            # A partial answer parts the batch at the first record that it names.
            pending.insert(0, (failed, 0))
        elif bisect and len(failed) > 1:
            middle = len(failed) // 2
            pending[:0] = [(failed[:middle], retries), (failed[middle:], retries)]
        elif retries >= retries_max:
            give_up(failed)
            continue
        else:
            pending.insert(0, (failed, retries + 1))
        time.sleep(RETRY_PAUSE_SECONDS)


def mapping_of(function: dict, event: dict) -> dict | None:
    """The event source mapping that this invocation comes from; none for a direct call with a like event."""
    if not getattr(polling, "active", False):
        return None
    records = event["Records"]
    name = (function.get("config") or function).get("FunctionName")
    for _account, _region, mapping in lambda_svc._iter_all_esms():
        if mapping.get("EventSourceArn") == records[0]["eventSourceARN"] and mapping.get("FunctionName") == name:
            return mapping
    return None


def to_failure_bucket(mapping: dict, function_arn: str) -> Callable[[list[dict]], None]:
    destination = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination", "")

    def give_up(records: list[dict]) -> None:
        log.warning("gave up %d records of %s", len(records), mapping.get("EventSourceArn"))
        if not destination.startswith("arn:aws:s3:::"):
            return
        now = datetime.now(UTC)
        key = f"aws/lambda/{mapping['UUID']}/shard/{now:%Y/%m/%d}/{now:%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
        record = {
            "requestContext": {"functionArn": function_arn, "condition": "RetryAttemptsExhausted"},
            "version": "1.0",
            "timestamp": now.isoformat(),
            "payload": json.dumps({"Records": records}),
        }
        boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"]).put_object(
            Bucket=destination.removeprefix("arn:aws:s3:::"), Key=key, Body=json.dumps(record).encode()
        )

    return give_up


def install() -> None:
    poll, execute = lambda_svc._poll_kinesis, lambda_svc._execute_function

    def poll_marked() -> bool:
        polling.active = True
        try:
            return poll()
        finally:
            polling.active = False

    def execute_like_aws(function: dict, event: dict, *args: object, **kwargs: object) -> dict:
        mapping = mapping_of(function, event)
        if mapping is None:
            return execute(function, event, *args, **kwargs)
        arn = (function.get("config") or function).get("FunctionArn", "")
        deliver(
            event["Records"],
            mapping,
            lambda records: execute(function, {"Records": records}, *args, **kwargs),
            to_failure_bucket(mapping, arn),
        )
        return {"body": {"batchItemFailures": []}}

    lambda_svc._poll_kinesis = poll_marked
    lambda_svc._execute_function = execute_like_aws
