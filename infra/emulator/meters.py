"""In: requests to the table and the API, calls of functions, steps of state machines. Out: the meters that AWS keeps of them in CloudWatch.

The emulator alone meters functions that somebody invokes, and not what the API, streams and topics call.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator

from ministack.services import apigateway_v1, cloudwatch, dynamodb, lambda_svc, stepfunctions

READS = {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"}
TABLE, INDEX = "TableName", "GlobalSecondaryIndexName"


def count(namespace: str, name: str, value: float, **dimensions: str) -> None:
    cloudwatch.record_metric(namespace, name, value, "Count", dimensions)


def units(consumed: dict) -> Iterator[tuple[dict[str, str], float]]:
    """The capacity that a request took: the table's own, and each index's."""
    indexes = {name: one["CapacityUnits"] for name, one in consumed.get("GlobalSecondaryIndexes", {}).items()}
    yield {TABLE: consumed["TableName"]}, consumed["CapacityUnits"] - sum(indexes.values())
    for name, taken in indexes.items():
        yield {TABLE: consumed["TableName"], INDEX: name}, taken


def meter_the_table() -> None:
    handle = dynamodb.handle_request

    async def metered(method: str, path: str, headers: dict, body: bytes, query: dict) -> tuple:
        operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        try:
            asked = json.loads(body or b"{}")
        except ValueError:
            asked = {}
        if not any(name in asked for name in ("TableName", "RequestItems", "TransactItems")) or "ReturnConsumedCapacity" in asked:
            return await handle(method, path, headers, body, query)
        status, headers_out, answered = await handle(
            method, path, headers, json.dumps(asked | {"ReturnConsumedCapacity": "INDEXES"}).encode(), query
        )
        answer = json.loads(answered)
        consumed = answer.pop("ConsumedCapacity", [])
        for one in consumed if isinstance(consumed, list) else [consumed]:
            name = "ConsumedReadCapacityUnits" if operation in READS else "ConsumedWriteCapacityUnits"
            for dimensions, taken in units(one):
                count("AWS/DynamoDB", name, taken, **dimensions)
        plain = json.dumps(answer).encode()
        return status, headers_out | {"x-amz-crc32": str(zlib.crc32(plain))}, plain

    dynamodb.handle_request = metered


def meter_the_api() -> None:
    execute = apigateway_v1.handle_execute

    async def metered(api_id: str, stage: str, *rest: object) -> tuple:
        api = apigateway_v1._rest_apis.get(api_id)
        if api:
            count("AWS/ApiGateway", "Count", 1, ApiName=api["name"], Stage=stage)
        return await execute(api_id, stage, *rest)

    apigateway_v1.handle_execute = metered


def meter_the_functions() -> None:
    # Every call ends here, whoever made it.
    write_log = lambda_svc._emit_lambda_logs

    def metered(function: dict, request_id: str, log: str, error: bool, duration_ms: int, **rest: object) -> None:
        name = (function.get("config") or function)["FunctionName"]
        count("AWS/Lambda", "Invocations", 1, FunctionName=name)
        count("AWS/Lambda", "Errors", int(error), FunctionName=name)
        cloudwatch.record_metric("AWS/Lambda", "Duration", max(duration_ms, 1), "Milliseconds", {"FunctionName": name})
        write_log(function, request_id, log, error, duration_ms, **rest)

    lambda_svc._emit_lambda_logs = metered
    lambda_svc._emit_lambda_metrics = lambda *_, **__: None


def meter_the_machines() -> None:
    add_event = stepfunctions._add_event

    def metered(execution: dict, event_type: str, details: dict | None = None) -> dict:
        if event_type.endswith("StateEntered"):
            count("AWS/States", "ConsumedCapacity", 1, ServiceMetric="StateTransition")
        return add_event(execution, event_type, details)

    stepfunctions._add_event = metered


def install() -> None:
    meter_the_table()
    meter_the_api()
    meter_the_functions()
    meter_the_machines()
