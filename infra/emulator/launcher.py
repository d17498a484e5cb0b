"""In: the environment that stack.py sets. Out: the emulator on one loopback port, two steps closer to AWS.

1. Every request counts as encrypted. The stack's policies refuse plain HTTP; the loopback hop stands for TLS, so
   the policies are deployed and evaluated as they are.
2. Kinesis event sources keep the promises of the template (see event_source.py); the emulator alone ignores them.
"""

from __future__ import annotations

import sys

import event_source
from ministack import app


def treat_loopback_as_encrypted() -> None:
    pin_request_origin = app.pin_request_origin
    app.pin_request_origin = lambda source_ip, _secure: pin_request_origin(source_ip, True)


if __name__ == "__main__":
    treat_loopback_as_encrypted()
    event_source.install()
    sys.argv = ["ministack"]
    app.main()
