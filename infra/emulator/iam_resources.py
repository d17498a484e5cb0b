"""In: requests that IAM decides on. Out: the resource that AWS would ask about, where the emulator asks about "*".

A role that may query one workgroup or send from one address would be refused otherwise, or would have to be wider here
than on AWS.
"""

from __future__ import annotations

import json

from ministack.core import iam_actions
from ministack.services import athena


def named(service: str, path: str, body: dict, region: str, account: str) -> str | None:
    """The resource that a request is about, if it says so."""
    prefix = f"arn:aws:{service}:{region}:{account}"
    if service == "athena":
        if "CatalogName" in body:
            return f"{prefix}:datacatalog/{body['CatalogName']}"
        execution = athena._executions.get(body.get("QueryExecutionId", ""))
        return f"{prefix}:workgroup/{execution['WorkGroup']}" if execution else None
    if service == "ses" and path.endswith("/outbound-emails") and body.get("FromEmailAddress"):
        return f"{prefix}:identity/{body['FromEmailAddress']}"
    return None


def install() -> None:
    resource_of = iam_actions.extract_resource_arn

    def resource(service: str, method: str, path: str, headers: dict, body: bytes, *rest: object) -> str:
        arn = resource_of(service, method, path, headers, body, *rest)
        if arn != "*" or service not in ("athena", "ses"):
            return arn
        try:
            asked = json.loads(body or b"{}")
        except ValueError:
            return arn
        return named(service, path, asked, str(rest[1]), str(rest[2])) or arn

    iam_actions.extract_resource_arn = resource
