"""operations.py on the real template, and on the same template with one thing wrong at a time."""

from __future__ import annotations

import shutil
import tempfile
import unittest
from pathlib import Path

import operations

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = (ROOT / "infra" / "template.yaml").read_text()
MACHINE = (ROOT / "statemachines" / "etl.asl.json").read_text()


class Operations(unittest.TestCase):
    def problems(self, template: str = TEMPLATE, machine: str = MACHINE) -> list[str]:
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            shutil.copytree(ROOT / "statemachines", root / "statemachines")
            (root / "infra").mkdir()
            (root / "infra" / "template.yaml").write_text(template)
            (root / "statemachines" / "etl.asl.json").write_text(machine)
            return operations.check_all(root)

    def assert_found(self, expected: str, old: str, new: str, text: str = TEMPLATE) -> None:
        self.assertIn(old, text)
        changed = text.replace(old, new)
        found = self.problems(machine=changed) if text is MACHINE else self.problems(changed)
        self.assertTrue(any(expected in problem for problem in found), found)

    def test_the_real_one(self) -> None:
        self.assertEqual(self.problems(), [])

    def test_records_given_up_in_silence(self) -> None:
        self.assert_found("ReactFunction: no alarm tells", "Value: !Ref ReactFunctionStream", "Value: !Ref Other")
        self.assert_found("asynchronous calls gave up", "MetricName: AsyncEventsDropped", "MetricName: Errors")
        self.assert_found("no OnFailure destination", "OnFailure: { Type: S3, Destination", "Other: { Type: S3, Destination")

    def test_asynchronous_calls_without_a_destination(self) -> None:
        self.assert_found("PerformEffectsFunction: asynchronous", "OnFailure: { Type: S3Bucket", "OnSuccess: { Type: S3Bucket")

    def test_a_deployment_that_its_own_alarm_refuses(self) -> None:
        self.assert_found("stands while the old version is broken", "!Ref ReactNewErrors, ", "!Ref ReactNewErrors, !Ref ReactErrors, ")
        self.assert_found("no alarm of its new version", "!GetAtt FollowUpFunction.Version.Version", "live")
        self.assert_found("WriteBronzeAge notices after 900 s", "Threshold: 60000", "Threshold: 900000")

    def test_alarms_of_a_first_deploy(self) -> None:
        self.assert_found("the first deploy raises it", "TreatMissingData: missing", "TreatMissingData: breaching")

    def test_a_metric_that_dynamodb_never_sends(self) -> None:
        self.assert_found("without an operation", "{ Name: Operation, Value: Query }", "{ Name: Other, Value: Query }")

    def test_a_schedule_that_is_off_and_nobody_notices(self) -> None:
        self.assert_found("EffectsSilent counts Invocations", "MetricName: AsyncEventsReceived", "MetricName: Invocations")
        self.assert_found("content with the calls of the sweep", "DatapointsToAlarm: 3\n      Threshold: 3", "DatapointsToAlarm: 3\n      Threshold: 1")
        self.assert_found("so the first deploy raises it", "EvaluationPeriods: 3\n      DatapointsToAlarm: 3", "EvaluationPeriods: 1")

    def test_throttles_that_nobody_sees(self) -> None:
        self.assert_found("ReadThrottleEvents of gsi1", "{ Name: GlobalSecondaryIndexName, Value: gsi1 }", "{ Name: Other, Value: gsi1 }")
        self.assert_found("WriteThrottleEvents of the table", "MetricName: WriteThrottleEvents", "MetricName: Other")

    def test_a_machine_whose_end_nobody_sees(self) -> None:
        self.assert_found("FollowUp: no alarm looks at ExecutionsTimedOut", "MetricName: ExecutionsTimedOut", "MetricName: ExecutionsAborted")

    def test_a_level_that_lambda_does_not_know(self) -> None:
        self.assert_found("own filter", "!FindInMap [LogLevels, !Ref LogLevel, Lambda]", "INFO")

    def test_a_role_without_a_boundary(self) -> None:
        self.assert_found("EtlRole has no permissions boundary", "!Ref PermissionsBoundaryArn", "!Ref EtlInterval")

    def test_a_quarantine_that_stays_as_old_versions(self) -> None:
        self.assert_found("expire-quarantine leaves old versions", "NoncurrentVersionExpiration: { NoncurrentDays: 1 }", "ObjectSizeGreaterThan: 1")
        self.assert_found("has both", "NoncurrentVersionExpiration: { NoncurrentDays: 1 }", "ExpiredObjectDeleteMarker: true")

    def test_a_role_that_may_delete_old_versions(self) -> None:
        self.assert_found("ReactRole may delete old versions", "- Sid: PhoneKey", "- { Sid: V, Effect: Allow, Action: [s3:DeleteObjectVersion], Resource: x }\n              - Sid: PhoneKey")

    def test_people_in_a_stream(self) -> None:
        self.assert_found("StateTable: its stream keeps NEW_IMAGE", "StreamViewType: KEYS_ONLY", "StreamViewType: NEW_IMAGE")

    def test_a_catalogue_that_stops_the_upkeep(self) -> None:
        self.assert_found("Publish does not come after Maintain", '"Next": "Publish"', '"Next": "TellNow"', MACHINE)
        self.assert_found("sends a message each time", '"Next": "TellFailure"', '"Next": "NotifyFailure"', MACHINE)

    def test_a_scheduled_run_that_would_be_refused(self) -> None:
        self.assert_found("NightlyEtl: its runs do not say", '"scheduled":true,', "")


if __name__ == "__main__":
    unittest.main()
