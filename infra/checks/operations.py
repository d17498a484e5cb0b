"""In: template and state machines. Out: what a failure, an alarm or a deployment would do wrong on the real AWS.

The emulator and the linters accept all of these: a record that is given up in silence, an alarm that refuses the deploy of
its own fix, a first deploy that raises alarms.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from contract import Template

# A canary lives five minutes: what guards it must notice within one.
AGE_MS_MAX = 60_000
# Roles of the functions that erase people: `forget`, and the nightly upkeep.
ERASERS = {"DashboardApiRole", "ComputeGoldRole"}


def referred(value: object) -> set[str]:
    """Logical ids that a value names with Ref or GetAtt."""
    return set(re.findall(r'"(?:Ref|Fn::GetAtt)": \[?"(\w+)', json.dumps(value)))


def events_of(function: dict, *kinds: str) -> Iterator[tuple[str, dict]]:
    for name, event in function.get("Events", {}).items():
        if event["Type"] in kinds:
            yield name, event["Properties"]


def check_failures(template: Template) -> Iterator[str]:
    """Whatever a consumer or an asynchronous call gives up lies in a bucket, and an alarm says so."""
    told = json.dumps([properties for _, properties in template.of_type("AWS::CloudWatch::Alarm")])
    scheduled = referred([properties["Target"].get("Arn") for _, properties in template.of_type("AWS::Scheduler::Schedule")])
    for logical_id, function in template.of_type("AWS::Serverless::Function"):
        for name, event in events_of(function, "Kinesis", "DynamoDB"):
            if "OnFailure" not in event.get("DestinationConfig", {}):
                yield f"{logical_id}: the event source {name} has no OnFailure destination"
            if f'"Ref": "{logical_id}{name}"' not in told:
                yield f"{logical_id}: no alarm tells what the event source {name} gave up"
        asynchronous = any(True for _ in events_of(function, "SNS")) or {logical_id, f"{logical_id}.Alias"} & scheduled
        if asynchronous:
            if "OnFailure" not in function.get("EventInvokeConfig", {}).get("DestinationConfig", {}):
                yield f"{logical_id}: asynchronous calls have no OnFailure destination"
            name = function["FunctionName"]["Fn::Sub"]
            dropped = any(
                alarm.get("MetricName") == "AsyncEventsDropped" and name in json.dumps(alarm["Dimensions"])
                for _, alarm in template.of_type("AWS::CloudWatch::Alarm")
            )
            if not dropped:
                yield f"{logical_id}: no alarm tells what asynchronous calls gave up"


def check_rollouts(template: Template) -> Iterator[str]:
    """A gradual deployment watches its own version: an alarm of the one that runs would refuse the fix."""
    alarms = dict(template.of_type("AWS::CloudWatch::Alarm"))
    for logical_id, function in template.of_type("AWS::Serverless::Function"):
        watched = referred(function.get("DeploymentPreference", {}).get("Alarms", []))
        versions = [alarm for alarm in watched if f'"Fn::GetAtt": ["{logical_id}", "Version.Version"]' in json.dumps(alarms[alarm]) or f"{logical_id}.Version.Version" in json.dumps(alarms[alarm])]  # fmt: skip
        if not versions:
            yield f"{logical_id}: its deployment watches no alarm of its new version"
        for alarm in sorted(watched - set(versions)):
            properties = alarms[alarm]
            if properties.get("MetricName") != "IteratorAge":
                yield f"{logical_id}: its deployment watches {alarm}, which stands while the old version is broken"
            elif properties["Threshold"] > AGE_MS_MAX:
                yield f"{alarm} notices after {properties['Threshold'] // 1000} s what a deployment of minutes must notice"


# DynamoDB has these metrics for a table and an operation together only.
BY_OPERATION = {"SystemErrors", "ThrottledRequests", "SuccessfulRequestLatency"}


def metrics_of(alarm: dict) -> Iterator[dict]:
    if "MetricName" in alarm:
        yield alarm
    for one in alarm.get("Metrics", []):
        if "MetricStat" in one:
            yield one["MetricStat"]["Metric"]


def check_alarms(template: Template) -> Iterator[str]:
    for logical_id, alarm in template.of_type("AWS::CloudWatch::Alarm"):
        for metric in metrics_of(alarm):
            named = {dimension["Name"] for dimension in metric.get("Dimensions", [])}
            if metric["MetricName"] in BY_OPERATION and "Operation" not in named:
                yield f"{logical_id} looks at {metric['MetricName']} without an operation, which DynamoDB never sends"
        if alarm.get("TreatMissingData") == "breaching":
            yield f"{logical_id} counts missing data as trouble, so the first deploy raises it"


def check_silences(template: Template) -> Iterator[str]:
    """An alarm on too few calls counts the schedule's own: a function that a stream calls, too, is called without it."""
    for logical_id, function in template.of_type("AWS::Serverless::Function"):
        if not any(True for _ in events_of(function, "Kinesis", "DynamoDB")):
            continue
        name = function["FunctionName"]["Fn::Sub"]
        for alarm_id, alarm in template.of_type("AWS::CloudWatch::Alarm"):
            if alarm["ComparisonOperator"].startswith("LessThan") and name in json.dumps(alarm.get("Dimensions", [])):
                if alarm["MetricName"] != "AsyncEventsReceived":
                    yield f"{alarm_id} counts {alarm['MetricName']} of streams, too: it does not notice that a schedule is off"
                elif alarm["Threshold"] <= 2:
                    yield f"{alarm_id} is content with the calls of the sweep"
                elif alarm["EvaluationPeriods"] < 2:
                    yield f"{alarm_id} looks at the first minutes of a new stack alone, so the first deploy raises it"


def check_throttles(template: Template) -> Iterator[str]:
    """DynamoDB counts what it refuses for a table and for each of its indexes apart."""
    watched = set()
    for _, alarm in template.of_type("AWS::CloudWatch::Alarm"):
        for metric in metrics_of(alarm):
            named = {one["Name"]: one["Value"] for one in metric.get("Dimensions", [])}
            watched.add((metric["MetricName"], json.dumps(named.get("TableName")), named.get("GlobalSecondaryIndexName")))
    for logical_id, table in template.of_type("AWS::DynamoDB::Table"):
        indexes = [index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])]
        for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
            for index in [None, *indexes]:
                if (metric, json.dumps({"Ref": logical_id}), index) not in watched:
                    yield f"{logical_id}: no alarm looks at {metric} of {index or 'the table'}"


def check_timeouts(template: Template) -> Iterator[str]:
    """An execution that ends because it lived too long counts as timed out, not as failed."""
    watched = {
        (metric["MetricName"], name)
        for _, alarm in template.of_type("AWS::CloudWatch::Alarm")
        for metric in metrics_of(alarm)
        for name in referred(metric.get("Dimensions", []))
    }
    for logical_id, _ in template.of_type("AWS::Serverless::StateMachine"):
        for metric in ("ExecutionsFailed", "ExecutionsTimedOut"):
            if (metric, logical_id) not in watched:
                yield f"{logical_id}: no alarm looks at {metric}"


def check_logs(template: Template) -> Iterator[str]:
    for logical_id, function in template.of_type("AWS::Serverless::Function"):
        if "LogLevel" not in referred(function.get("LoggingConfig", {}).get("ApplicationLogLevel", "")):
            yield f"{logical_id}: Lambda's own filter does not know LogLevel"


def check_boundaries(template: Template) -> Iterator[str]:
    for logical_id, role in template.of_type("AWS::IAM::Role"):
        if "PermissionsBoundaryArn" not in referred(role.get("PermissionsBoundary", "")):
            yield f"{logical_id} has no permissions boundary"


def check_lifecycles(template: Template) -> Iterator[str]:
    """What expires in a versioned bucket is gone a day later, and no rule has elements that S3 refuses beside each other."""
    for logical_id, bucket in template.of_type("AWS::S3::Bucket"):
        versioned = bucket.get("VersioningConfiguration", {}).get("Status") == "Enabled"
        for rule in bucket.get("LifecycleConfiguration", {}).get("Rules", []):
            expires, name = "ExpirationInDays" in rule, f"{logical_id}: the rule {rule['Id']}"
            if expires and versioned and rule.get("NoncurrentVersionExpiration") != {"NoncurrentDays": 1}:
                yield f"{name} leaves old versions of what it expires"
            if expires and "ExpiredObjectDeleteMarker" in rule:
                yield f"{name} has both ExpirationInDays and ExpiredObjectDeleteMarker"


def check_erasers(template: Template) -> Iterator[str]:
    """Old versions protect the archive from everything but an erasure, so few roles may delete them."""
    for role, statement in template.statements():
        if "s3:DeleteObjectVersion" in json.dumps(statement["Action"]) and role not in ERASERS:
            yield f"{role} may delete old versions, and does not erase"


def check_streams(template: Template) -> Iterator[str]:
    """A table's stream has keys alone: an erasure reaches the table, and neither its stream nor what a consumer gave up."""
    for logical_id, table in template.of_type("AWS::DynamoDB::Table"):
        view = table.get("StreamSpecification", {}).get("StreamViewType", "KEYS_ONLY")
        if view != "KEYS_ONLY":
            yield f"{logical_id}: its stream keeps {view}"


def check_etl(root: Path) -> Iterator[str]:
    """The catalogue comes last, so that one that refuses keeps nothing from its upkeep; only the nightly run writes e-mails."""
    path = root / "statemachines" / "etl.asl.json"
    states = json.loads(path.read_text())["States"]
    before = [name for name, state in states.items() if state.get("Next") == "Publish" or "Publish" in json.dumps(state.get("Choices", [])) or state.get("Default") == "Publish"]  # fmt: skip
    if set(before) != {"Maintain", "MaintainNow"}:
        yield f"{path.name}: Publish does not come after Maintain"
    for name, state in states.items():
        if any(rule["Next"] == "NotifyFailure" for rule in state.get("Catch", [])):
            yield f"{path.name}: {name} sends a message each time that it fails"


def check_schedules(template: Template) -> Iterator[str]:
    """Schedules fire late, in any order: what they start is no instant that a person asked for, and is never refused as one."""
    machines = {logical_id for logical_id, _ in template.of_type("AWS::Serverless::StateMachine")}
    for logical_id, schedule in template.of_type("AWS::Scheduler::Schedule"):
        target = schedule["Target"]
        if referred(target["Arn"]) & machines:
            inputs = target["Input"].get("Fn::If", [None, target["Input"]])[1:] if isinstance(target["Input"], dict) else [target["Input"]]
            if not all('"scheduled":true' in json.dumps(one).replace("\\", "") for one in inputs):
                yield f"{logical_id}: its runs do not say that they are scheduled"


def check_all(root: Path) -> list[str]:
    template = Template(root / "infra" / "template.yaml")
    return [
        *check_failures(template),
        *check_rollouts(template),
        *check_alarms(template),
        *check_silences(template),
        *check_throttles(template),
        *check_timeouts(template),
        *check_logs(template),
        *check_boundaries(template),
        *check_lifecycles(template),
        *check_erasers(template),
        *check_schedules(template),
        *check_streams(template),
        *check_etl(root),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    problems = check_all(parser.parse_args().root)
    for problem in problems:
        print(f"operations: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
