"""infra/rules.py: what of a file of rules is stored."""

from __future__ import annotations

import sys
import tomllib
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "infra"))

import rules  # noqa: E402


class Rules(unittest.TestCase):
    def test_the_example_fits_and_says_the_same(self) -> None:
        example = (ROOT / "bookpath.example.toml").read_text()
        self.assertGreater(len(example.encode()), rules.BYTES_MAX)
        self.assertEqual(tomllib.loads(rules.stored(example)), tomllib.loads(example))

    def test_a_text_of_several_lines_stays_whole(self) -> None:
        text = '# Ours.\n[messages.en]\nfollow_up = """Hi,\n\n# 1 question: are you coming?"""\n'
        self.assertEqual(rules.stored(text), text)

    def test_only_comments(self) -> None:
        self.assertEqual(tomllib.loads(rules.stored("# nothing\n")), {"reporting_timezone": "UTC"})

    def test_what_cannot_be_stored(self) -> None:
        for text, expected in (("a = ", "is no TOML"), (f'name = "{"x" * 8192}"\n', "has 8202 bytes")):
            with self.assertRaisesRegex(rules.Refused, expected):
                rules.stored(text)


if __name__ == "__main__":
    unittest.main()
