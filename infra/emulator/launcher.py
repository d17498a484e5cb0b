"""In: the environment that stack.py sets. Out: the emulator on one loopback port, seven steps closer to AWS.

1. Every request counts as encrypted. The stack's policies refuse plain HTTP; the loopback hop stands for TLS, so
   the policies are deployed and evaluated as they are.
2. Kinesis event sources keep the promises of the template (see event_source.py); the emulator alone ignores them.
3. A schedule's input may name the time it was due, as `<aws.scheduler.scheduled-time>`.
4. Athena registers Delta tables and knows which there are (see athena_delta.py).
5. IAM is asked about the workgroup of a query and the sender of a letter (see iam_resources.py).
6. CloudWatch meters the table, the API, the functions and the state machines (see meters.py).
7. A secret that is made without punctuation has none.

And it answers below /_bookpath what a test has to know of it (see inspection.py).
"""

from __future__ import annotations

import string
import sys
from datetime import UTC, datetime

import athena_delta
import event_source
import iam_resources
import inspection
import meters
from ministack import app
from ministack.services import eventbridge
from ministack.services.cloudformation import provisioners


def treat_loopback_as_encrypted() -> None:
    pin_request_origin = app.pin_request_origin
    app.pin_request_origin = lambda source_ip, _secure: pin_request_origin(source_ip, True)


def fill_in_schedule_attributes() -> None:
    invoke_target = eventbridge._invoke_target

    def invoke(target: dict, event: dict, rule: dict) -> object:
        if event.get("Source") == "aws.scheduler" and "Input" in target:
            due = datetime.fromtimestamp(event["Time"], UTC)
            attributes = {
                "<aws.scheduler.scheduled-time>": f"{due:%Y-%m-%dT%H:%M:%SZ}",
                "<aws.scheduler.execution-id>": event["EventId"],
                "<aws.scheduler.schedule-arn>": event["Resources"][0],
            }
            text = target["Input"]
            for name, value in attributes.items():
                text = text.replace(name, value)
            target = target | {"Input": text}
        return invoke_target(target, event, rule)

    eventbridge._invoke_target = invoke


def leave_out_punctuation() -> None:
    secret_string = provisioners._sm_secret_string

    def made(properties: dict) -> str:
        wanted = properties.get("GenerateSecretString")
        if wanted and wanted.get("ExcludePunctuation"):
            excluded = wanted.get("ExcludeCharacters", "") + string.punctuation
            properties = properties | {"GenerateSecretString": wanted | {"ExcludeCharacters": excluded}}
        return secret_string(properties)

    provisioners._sm_secret_string = made


if __name__ == "__main__":
    treat_loopback_as_encrypted()
    event_source.install()
    fill_in_schedule_attributes()
    athena_delta.install()
    iam_resources.install()
    meters.install()
    leave_out_punctuation()
    inspection.install()
    sys.argv = ["ministack"]
    app.main()
