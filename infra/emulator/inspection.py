"""In: requests below /_bookpath on the emulator's port. Out: what AWS shows nobody, but a test has to know.

    GET  /_bookpath/idle        what is still under way: records that no consumer has read, calls, executions
    GET  /_bookpath/processes   the processes of the functions
    POST /_bookpath/restart     ends them, as a new configuration would: the next call is a cold start; forgets the texts sent
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ministack import app
from ministack.core import lambda_runtime
from ministack.services import dynamodb, kinesis, lambda_svc, sns, stepfunctions

PREFIX = "/_bookpath/"


def unread() -> Iterator[int]:
    """Records that each event source has not handed over yet."""
    for account, region, mapping in list(lambda_svc._iter_all_esms()):
        source = mapping.get("EventSourceArn", "")
        if ":kinesis:" in source:
            stream = kinesis._streams.get_scoped(account, region, source.rsplit("/", 1)[-1])
            positions = lambda_svc._kinesis_positions.get(mapping["UUID"], {})
            for shard_id, shard in (stream or {}).get("shards", {}).items():
                yield len(shard["records"]) - positions.get(shard_id, 0)
        elif ":dynamodb:" in source:
            table = source.split("/")[1]
            end = dynamodb.stream_end_position(table, account_id=account, region=region)
            start = dynamodb.stream_start_position(table, account_id=account, region=region)
            yield end - max(lambda_svc._dynamodb_stream_positions.get(mapping["UUID"], start), start)


def under_way() -> dict[str, int]:
    executions = [execution for execution in stepfunctions._executions.all_values() if execution["status"] == "RUNNING"]
    return {"unread": sum(unread()), "calls": lambda_svc.executions_in_flight()[0], "executions": len(executions)}


def processes() -> list[dict]:
    with lambda_runtime._lock:
        workers = [worker for entries in lambda_runtime._workers.values() for worker in entries]
    found = [(worker.func_name, getattr(worker._proc, "pid", None), worker.in_use) for worker in workers if worker._proc]
    return [{"function": name, "pid": pid, "busy": bool(busy)} for name, pid, busy in found]


def restart() -> None:
    lambda_runtime.reset()
    sns._sms_messages.clear()


def install() -> None:
    handle = app._handle_pre_body_request

    async def handle_or_inspect(method: str, path: str, *args: object) -> object:
        if not path.startswith(PREFIX):
            return await handle(method, path, *args)
        answers = {("GET", "idle"): under_way, ("GET", "processes"): processes, ("POST", "restart"): restart}
        answer = answers.get((method, path.removeprefix(PREFIX)))
        if answer is None:
            return 404, {"Content-Type": "application/json"}, b'{"code":"not_found"}'
        return 200, {"Content-Type": "application/json"}, json.dumps(answer()).encode()

    app._handle_pre_body_request = handle_or_inspect
