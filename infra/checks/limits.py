"""In: a translated template. Out: what AWS would refuse for its size.

No emulator has these limits, so a template that is too large fails in the account only, in the middle of a deploy.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

# "Function resource-based policy", https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. Every
# route of a function is a statement of its own there.
POLICY_BYTES = 20_480
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
RESOURCES = 500
PARAMETERS = 200
OUTPUTS = 200
TEMPLATE_BYTES = 1_048_576
# "Resources per API", https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
API_PATHS = 300

# The longest that an account's own part of an ARN gets, and CloudFormation's random end of a name.
ACCOUNT = {
    "AWS::Partition": "aws",
    "AWS::Region": "ap-northeast-1",
    "AWS::AccountId": "1" * 12,
    "__ApiId__": "a" * 10,
    "__Stage__": "*",
}
RANDOM_END = "-" + "A" * 12


def statement(stack: str, name: str, properties: dict, function: str) -> str:
    """The statement that a permission becomes."""
    source = properties.get("SourceArn", "")
    if isinstance(source, dict):
        source = source.get("Fn::Sub", ["arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:" + "t" * 40])[0]
    for variable, value in ACCOUNT.items():
        source = source.replace("${" + variable + "}", value)
    arn = f"arn:{ACCOUNT['AWS::Partition']}:lambda:{ACCOUNT['AWS::Region']}:{ACCOUNT['AWS::AccountId']}:function:{function}:live"
    return json.dumps(
        {
            "Sid": f"{stack}-{name}{RANDOM_END}",
            "Effect": "Allow",
            "Principal": {"Service": properties["Principal"]},
            "Action": properties["Action"],
            "Resource": arn,
            "Condition": {"ArnLike": {"AWS:SourceArn": source}},
        },
        separators=(",", ":"),
    )


def policy_sizes(template: dict, environment: str) -> dict[str, int]:
    """Bytes of each function's own policy, by the alias that the permissions are for."""
    sizes: dict[str, int] = defaultdict(lambda: len('{"Version":"2012-10-17","Id":"default","Statement":[]}'))
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::Lambda::Permission":
            continue
        alias = resource["Properties"]["FunctionName"]["Ref"]
        function = alias.removesuffix("FunctionAliaslive")
        # A dash for each word but the first.
        named = "bookpath-" + "".join("-" + c.lower() if c.isupper() else c for c in function).lstrip("-") + f"-{environment}"
        sizes[function] += len(statement(f"bookpath-{environment}", name, resource["Properties"], named)) + 1
    return dict(sizes)


def paths(template: dict) -> int:
    """Resources of the API: every part of every path is one."""
    found: set[str] = set()
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::ApiGateway::RestApi":
            for path in resource["Properties"]["Body"]["paths"]:
                parts = path.split("/")
                found.update("/".join(parts[:end]) for end in range(1, len(parts) + 1))
    return len(found)


def check(template: dict, environment: str) -> Iterator[str]:
    for function, size in policy_sizes(template, environment).items():
        if size > POLICY_BYTES:
            yield (
                f"the policy of {function} is {size} bytes, AWS takes {POLICY_BYTES}: "
                "let one event with a {proxy+} stand for the routes below one path"
            )
    counted = [
        ("resources", len(template["Resources"]), RESOURCES),
        ("parameters", len(template.get("Parameters", {})), PARAMETERS),
        ("outputs", len(template.get("Outputs", {})), OUTPUTS),
        ("bytes", len(json.dumps(template)), TEMPLATE_BYTES),
        ("parts of paths", paths(template), API_PATHS),
    ]
    for what, count, limit in counted:
        if count > limit:
            yield f"the template has {count} {what}, AWS takes {limit}"


def main() -> None:
    failed = False
    for path in map(Path, sys.argv[1:]):
        for line in check(json.loads(path.read_text()), path.stem):
            print(f"{path.stem}: {line}", file=sys.stderr)
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
