"""In: one JSON command a line. Out: one JSON answer a line. What the acceptance suite does to the emulated AWS.

What a test of `bookpath serve` does with the data folder and with /local, it does here with the account: look at objects
and texts, wait until all is done, empty everything, put keys and rules in, end a process.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import urllib.request
from pathlib import Path

import boto3

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
STACK = "bookpath-dev"
IDLE_SECONDS_MAX = 90.0
# Two looks in a row: between two of its steps the emulator may seem idle for a moment.
QUIET_LOOKS = 3
OPEN_EFFECTS = "effects#open"


class Failed(Exception):
    """What the test is told."""


def service(name: str) -> object:
    return boto3.client(name, endpoint_url=ENDPOINT)


def ask(path: str, body: dict | None = None, method: str = "GET") -> object:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"{ENDPOINT}{path}", data=data, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


class Account:
    def __init__(self) -> None:
        stacks = service("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        self.outputs = {o["OutputKey"]: o["OutputValue"] for o in stacks[0]["Outputs"]}
        self.buckets = {tier: self.outputs[f"{tier.title()}BucketName"] for tier in ("raw", "bronze", "silver", "gold")}
        self.buckets["dead-letters"] = self.outputs["DeadLetterBucketName"]
        self.table = self.outputs["StateTableName"]
        self.s3, self.dynamodb = service("s3"), service("dynamodb")
        self.letters_before = 0

    # ------------------------------------------------------------ looking

    def where(self) -> dict:
        return {"base": f"{ENDPOINT}/_aws/execute-api/{self.outputs['ApiId']}/dev", "outputs": self.outputs}

    def bucket_of(self, prefix: str) -> str:
        tier = prefix.split("/")[0]
        return self.buckets[{"state": "silver", "quarantine": "raw"}.get(tier, tier)]

    def keys(self, prefix: str) -> list[str]:
        bucket = self.bucket_of(prefix)
        # What an event source gives up lies there too, under a name of its own.
        prefix = "" if prefix == "dead-letters/" else prefix
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def objects(self, prefix: str) -> list[dict]:
        bucket = self.bucket_of(prefix)
        body = lambda key: self.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()  # noqa: E731
        return [{"key": key, "text": body(key)} for key in self.keys(prefix)]

    def past(self, prefix: str) -> list[dict]:
        """What a versioned bucket keeps of what its objects held before."""
        bucket = self.bucket_of(prefix)
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
        earlier = [one for page in pages for one in page.get("Versions", []) if not one["IsLatest"]]
        text = lambda one: self.s3.get_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])["Body"].read().decode()  # noqa: E731
        return [{"key": one["Key"], "text": text(one)} for one in earlier]

    def texts(self) -> dict:
        """The texts that left the account, by number."""
        return ask("/_ministack/sns/sms-messages")

    def letters(self) -> list[dict]:
        """The letters that left the account since the stack was emptied."""
        sent = ask("/_ministack/ses/messages")["messages"]
        return [letter for letters in sent.values() for letter in letters][self.letters_before :]

    def executions(self, machine: str) -> list[dict]:
        listed = service("stepfunctions").list_executions(stateMachineArn=self.outputs[machine])["executions"]
        return [{"name": one["name"], "status": one["status"]} for one in listed]

    def items(self) -> list[dict]:
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.table)
        return [item for page in pages for item in page["Items"]]

    # ------------------------------------------------------------ waiting

    def due_effects(self) -> int:
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        found = self.dynamodb.query(
            TableName=self.table,
            IndexName="gsi1",
            KeyConditionExpression="gsi1pk = :open AND gsi1sk < :now",
            ExpressionAttributeValues={":open": {"S": OPEN_EFFECTS}, ":now": {"S": f"{now}.999999Z#~"}},
        )
        return found["Count"]

    def drain(self) -> dict:
        """Returns once nothing is under way: every record consumed, every call and execution ended, no effect due."""
        deadline, quiet = time.monotonic() + IDLE_SECONDS_MAX, 0
        while quiet < QUIET_LOOKS:
            state = ask("/_bookpath/idle")
            if any(state.values()):
                quiet = 0
            elif self.due_effects():
                # What the schedule would find within a minute.
                self.invoke("perform-effects", {})
                quiet = 0
            else:
                quiet += 1
            if time.monotonic() > deadline:
                raise Failed(f"still under way after {IDLE_SECONDS_MAX:.0f} s: {state}")
            time.sleep(0.03)
        return {"idle": True}

    def invoke(self, function: str, payload: dict) -> dict:
        answer = service("lambda").invoke(FunctionName=f"bookpath-{function}-dev:live", Payload=json.dumps(payload))
        body = json.loads(answer["Payload"].read() or b"null")
        return {"error": answer.get("FunctionError"), "body": body}

    # ------------------------------------------------------------ changing

    def empty(self) -> None:
        """No data of an earlier test: buckets and table are as after the deploy."""
        self.drain()
        for bucket in self.buckets.values():
            versions = self.s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
            for page in versions:
                found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                for one in found:
                    self.s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
            for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                for one in page.get("Contents", []):
                    self.s3.delete_object(Bucket=bucket, Key=one["Key"])
        for item in self.items():
            self.dynamodb.delete_item(TableName=self.table, Key={"pk": item["pk"], "sk": item["sk"]})

    def prepare(self, rules: str, secrets: dict[str, dict[str, str]], waits: float) -> dict:
        """Keys and rules as a test wants them; the functions start anew with them."""
        self.empty()
        manager = service("secretsmanager")
        for name, values in secrets.items():
            manager.put_secret_value(SecretId=f"bookpath/dev/{name}", SecretString=json.dumps(values))
        service("ssm").put_parameter(
            Name=self.outputs["BusinessConfigParameter"], Value=rules or "\n", Type="String", Overwrite=True
        )
        ask("/_ministack/config", {"stepfunctions._SFN_WAIT_SCALE": waits}, "POST")
        ask("/_bookpath/restart", method="POST")
        self.letters_before += len(self.letters())
        return self.where()

    def run(self, machine: str, payload: dict) -> dict:
        """An execution of a state machine, to its end."""
        machines = service("stepfunctions")
        arn = machines.start_execution(stateMachineArn=self.outputs[machine], input=json.dumps(payload))["executionArn"]
        while (found := machines.describe_execution(executionArn=arn))["status"] == "RUNNING":
            time.sleep(0.05)
        return {name: found.get(name) for name in ("status", "output", "error", "cause")}

    def put_record(self, data: str) -> None:
        """A record on the event stream, past the receiver."""
        service("kinesis").put_record(StreamName=self.outputs["EventStreamName"], Data=data.encode(), PartitionKey="test")

    def publish_text(self, message: dict) -> None:
        """A text of a customer or a delivery event, as the carrier publishes it."""
        service("sns").publish(TopicArn=self.outputs["SmsTopicArn"], Message=json.dumps(message))

    def put_object(self, key: str, text: str) -> None:
        self.s3.put_object(Bucket=self.bucket_of(key), Key=key, Body=text.encode())

    def kill(self, function: str, wait_seconds: float = 30.0) -> dict:
        """Ends the process of a function while it is at work (SIGKILL); which one."""
        deadline = time.monotonic() + wait_seconds
        while time.monotonic() < deadline:
            for process in ask("/_bookpath/processes"):
                if process["function"] == f"bookpath-{function}-dev" and process["busy"] and process["pid"]:
                    os.kill(process["pid"], signal.SIGKILL)
                    return {"killed": process["pid"]}
            time.sleep(0.001)
        raise Failed(f"{function} was never at work")


def main() -> None:
    account = Account()
    commands = {
        name: getattr(account, name)
        for name in ("where", "keys", "objects", "past", "texts", "letters", "executions", "items", "drain", "invoke", "prepare", "publish_text", "put_object", "put_record", "run", "kill")
    }  # fmt: skip
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = {"ok": commands[command["do"]](**command.get("with", {}))}
        except Failed as failure:
            answer = {"failed": str(failure)}
        except Exception as error:  # the test shall see it, not a broken pipe
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer, default=str), flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
