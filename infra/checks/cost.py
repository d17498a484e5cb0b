"""In: the translated templates and the state machine. Out: what each environment costs a month before its first delivery.

    cost.py --cfn DIR            prints the table of docs/COST.md
    cost.py --cfn DIR --check    fails when docs/COST.md says something else

List prices of us-east-1 in US dollars, without the free tier. A resource that costs at rest and is not here is an error.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from decimal import Decimal
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
COST = ROOT / "docs" / "COST.md"
BEGIN, END = "<!-- at rest: made by infra/checks/cost.py -->", "<!-- end -->"
HOURS = Decimal(730)
SHARD_HOUR, RETENTION_SHARD_HOUR = Decimal("0.015"), Decimal("0.020")
SECRET, ALARM_METRIC, DASHBOARD, DETAILED_METRIC = Decimal("0.40"), Decimal("0.10"), Decimal(3), Decimal("0.30")
TRANSITION, CALL, GB_SECOND = Decimal("0.000025"), Decimal("0.0000002"), Decimal("0.0000133334")
# What a call that finds nothing to do takes: measured on the emulated stage, rounded up.
IDLE_CALL_S = Decimal("0.1")
METRICS_PER_METHOD = 5
# Types that cost by use alone, or nothing.
FREE = {
    "AWS::ApiGateway::Deployment", "AWS::ApiGateway::GatewayResponse", "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator", "AWS::ApiGateway::RestApi", "AWS::Athena::WorkGroup", "AWS::CloudFront::Distribution",
    "AWS::CloudFront::Function", "AWS::CloudFront::OriginAccessControl", "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup", "AWS::DynamoDB::Table", "AWS::Glue::Database", "AWS::Glue::Job",
    "AWS::IAM::Role", "AWS::Lambda::Alias", "AWS::Lambda::EventInvokeConfig", "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission", "AWS::Lambda::Version", "AWS::Logs::LogGroup", "AWS::S3::Bucket", "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::SSM::Parameter", "AWS::StepFunctions::StateMachine",
}  # fmt: skip


def minutes(rate: str) -> int:
    count, unit = re.fullmatch(r"rate\((\d+) (minute|hour)s?\)", rate).groups()
    return int(count) * (60 if unit == "hour" else 1)


def states_of_a_run(maintain: bool) -> list[dict]:
    """The states that a run which finds no trouble goes through."""
    machine = json.loads((ROOT / "statemachines" / "etl.asl.json").read_text())
    name, passed = machine["StartAt"], []
    while name:
        state = machine["States"][name]
        passed.append(state)
        name = state.get("Next")
        if state["Type"] == "Choice":
            taken = maintain and state["Choices"][0].get("Variable") == "$.maintain"
            name = state["Choices"][0]["Next"] if taken else state["Default"]
    return passed


def at_rest(template: dict, parameters: dict) -> list[tuple[str, str, Decimal]]:
    """(part, how it is counted, dollars a month)."""
    resources = template["Resources"]
    defaults = {name: one.get("Default") for name, one in template["Parameters"].items()}
    value = {**defaults, **parameters}
    of = lambda kind: [one for one in resources.values() if one["Type"] == kind]  # noqa: E731
    unknown = {one["Type"] for one in resources.values()} - FREE - {
        "AWS::ApiGateway::Stage", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::Kinesis::Stream",
        "AWS::Lambda::Function", "AWS::Scheduler::Schedule", "AWS::SecretsManager::Secret",
    }  # fmt: skip
    if unknown:
        raise SystemExit(f"cost: nobody knows what {', '.join(sorted(unknown))} cost at rest")
    shards, retention = int(value["ShardCount"]), int(value["StreamRetentionHours"])
    shard_hours = HOURS * shards * len(of("AWS::Kinesis::Stream"))
    lines = [("Kinesis", f"{shards} shard", shard_hours * SHARD_HOUR)]
    if retention > 24:
        lines.append(("Kinesis", f"{retention} h of retention", shard_hours * RETENTION_SHARD_HOUR))
    metrics = sum(len([m for m in one["Properties"].get("Metrics", [0]) if not (m and "Expression" in m)]) for one in of("AWS::CloudWatch::Alarm"))  # fmt: skip
    lines.append(("CloudWatch", f"{len(of('AWS::CloudWatch::Alarm'))} alarms on {metrics} metrics", metrics * ALARM_METRIC))
    lines.append(("CloudWatch", f"{len(of('AWS::CloudWatch::Dashboard'))} dashboard", len(of("AWS::CloudWatch::Dashboard")) * DASHBOARD))
    api = next(iter(of("AWS::ApiGateway::RestApi")))["Properties"]["Body"]["paths"]
    methods = sum(len([verb for verb in verbs if not verb.startswith("x-")]) for verbs in api.values())
    detailed = any(setting.get("MetricsEnabled") for stage in of("AWS::ApiGateway::Stage") for setting in stage["Properties"].get("MethodSettings", []))  # fmt: skip
    per_method = methods * METRICS_PER_METHOD if detailed else 0
    lines.append(("CloudWatch", f"metrics of each of {methods} methods: {'on' if detailed else 'off'}", per_method * DETAILED_METRIC))
    secrets = len(of("AWS::SecretsManager::Secret"))
    lines.append(("Secrets Manager", f"{secrets} secrets", secrets * SECRET))
    month = HOURS * 60
    runs = month / minutes(value["EtlInterval"]) if value["EtlIntervalState"] == "ENABLED" else Decimal(0)
    interval, nightly = states_of_a_run(False), states_of_a_run(True)
    transitions = runs * len(interval) + Decimal(30) * len(nightly)
    lines.append(("Step Functions", f"{int(runs)} runs of {len(interval)} transitions, 30 nightly ones of {len(nightly)}", transitions * TRANSITION))  # fmt: skip
    tasks = sum(1 for state in interval if "lambda" in state.get("Resource", ""))
    etl_calls, minute_calls = runs * tasks, month * (1 + Decimal(1) / 5)
    seconds = etl_calls * IDLE_CALL_S * 2 + minute_calls * IDLE_CALL_S / 4
    lines.append(("Lambda", f"{int(etl_calls + minute_calls)} calls of the schedules", (etl_calls + minute_calls) * CALL + seconds * GB_SECOND))  # fmt: skip
    return lines


def table(directory: Path) -> str:
    parts: dict[tuple[str, str], None] = {}
    columns: dict[str, list[tuple[str, str, Decimal]]] = {}
    for environment in ("dev", "staging", "prod"):
        parameters = yaml_parse((ROOT / "infra" / "parameters" / f"{environment}.yaml").read_text())
        columns[environment] = at_rest(json.loads((directory / f"{environment}.json").read_text()), parameters)
        parts.update(dict.fromkeys((part, what) for part, what, _ in columns[environment]))
    rows = ["| part | counted | dev | staging | prod |", "|---|---|---|---|---|"]
    for part, what in sorted(parts):
        cells = [next((f"{usd:.2f}" for p, w, usd in lines if (p, w) == (part, what)), "") for lines in columns.values()]
        rows.append(f"| {part} | {what} | {' | '.join(cells)} |")
    sums = [f"**{sum(usd for _, _, usd in lines):.2f}**" for lines in columns.values()]
    return "\n".join([*rows, f"| **a month, USD** | | {' | '.join(sums)} |"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cfn", type=Path, required=True)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    now = table(arguments.cfn)
    if not arguments.check:
        print(now)
        return 0
    told = COST.read_text().partition(BEGIN)[2].partition(END)[0].strip()
    if told != now:
        print(f"cost: docs/COST.md differs from the template; it should say\n{now}", file=sys.stderr)
    return int(told != now)


if __name__ == "__main__":
    sys.exit(main())
