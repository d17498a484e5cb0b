"""What the event source does with a function that fails, answers in part, or dies."""

from __future__ import annotations

import unittest

import event_source

MAPPING = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 2,
}


def record(name: str) -> dict:
    return {"kinesis": {"sequenceNumber": name}}


def names(records: list[dict]) -> list[str]:
    return [one["kinesis"]["sequenceNumber"] for one in records]


class EventSource(unittest.TestCase):
    def setUp(self) -> None:
        event_source.RETRY_PAUSE_SECONDS = 0.0
        self.accepted: list[str] = []
        self.given_up: list[str] = []
        self.calls = 0

    def run_batch(self, poison: str = "", crashes: int = 0, partial: bool = True, mapping: dict = MAPPING) -> None:
        def invoke(records: list[dict]) -> dict:
            self.calls += 1
            if self.calls <= crashes or (not partial and poison in names(records)):
                return {"error": True}
            for name in names(records):
                if name == poison:
                    return {"body": {"batchItemFailures": [{"itemIdentifier": name}]}}
                self.accepted.append(name)
            return {"body": {"batchItemFailures": []}}

        event_source.deliver([record(n) for n in "abcdefg"], mapping, invoke, lambda r: self.given_up.extend(names(r)))

    def test_all_accepted_in_one_call(self) -> None:
        self.run_batch()
        self.assertEqual((self.accepted, self.given_up, self.calls), (list("abcdefg"), [], 1))

    def test_poison_alone_is_given_up_and_the_rest_lands_in_order(self) -> None:
        for partial in (True, False):
            with self.subTest(partial=partial):
                self.setUp()
                self.run_batch(poison="d", partial=partial)
                self.assertEqual((self.accepted, self.given_up), (list("abcefg"), ["d"]))

    def test_a_crash_loses_nothing(self) -> None:
        self.run_batch(crashes=1)
        self.assertEqual((self.accepted, self.given_up), (list("abcdefg"), []))

    def test_without_the_response_type_the_answer_is_ignored(self) -> None:
        self.run_batch(poison="d", mapping={"MaximumRetryAttempts": 2})
        self.assertEqual((self.accepted, self.given_up, self.calls), (list("abc"), [], 1))

    def test_an_unknown_name_fails_the_whole_batch(self) -> None:
        answer = {"body": {"batchItemFailures": [{"itemIdentifier": "other"}]}}
        batch = [record("a"), record("b")]
        self.assertEqual(event_source.failed_records(batch, answer, partial=True), batch)


if __name__ == "__main__":
    unittest.main()
