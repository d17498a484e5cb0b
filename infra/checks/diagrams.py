"""In: the state machines. Out: docs/STATE_MACHINES.md, a diagram of each.

    diagrams.py            writes the document
    diagrams.py --check    fails when the document shows something else
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "STATE_MACHINES.md"
HEAD = """# State machines

Made from `statemachines/*.asl.json` by `infra/checks/diagrams.py`; `make check-infra` fails when a machine has changed and
this page has not. Step Functions runs these files on AWS, `bookpath serve` runs the same ones in its own process. A dotted
arrow is what happens when a step fails for good.
"""


def path(text: str) -> str:
    """A reference path as a person would write it: without the signs that mean something in a diagram."""
    return re.sub(r"\['([^']+)'\]", r".\1", text).removeprefix("$.").removeprefix("refine.report.tables.")


def condition(choice: dict) -> str:
    if "And" in choice:
        # That something is there is only asked before it is looked at.
        return " and ".join(condition(one) for one in choice["And"] if "IsPresent" not in one)
    name = path(choice["Variable"])
    if "NumericGreaterThanEqualsPath" in choice:
        return f"{name} is at least {path(choice['NumericGreaterThanEqualsPath'])}"
    value = next(value for key, value in choice.items() if key not in ("Variable", "Next"))
    return f"{name} is {json.dumps(value).strip(chr(34))}"


def edges(name: str, state: dict) -> list[str]:
    out = [f"  {name} -->|{condition(choice)}| {choice['Next']}" for choice in state.get("Choices", [])]
    if "Default" in state:
        out.append(f"  {name} -->|else| {state['Default']}")
    if "Next" in state:
        out.append(f"  {name} --> {state['Next']}")
    out += [f"  {name} -.->|{', '.join(rule['ErrorEquals'])}| {rule['Next']}" for rule in state.get("Catch", [])]
    return out


SHAPES = {"Choice": ("{", "}"), "Wait": ("([", "])"), "Succeed": ("((", "))"), "Fail": ("((", "))")}


def diagram(machine: dict) -> str:
    lines = ["flowchart TD"]
    for name, state in machine["States"].items():
        left, right = SHAPES.get(state["Type"], ("[", "]"))
        lines.append(f"  {name}{left}{name}{right}")
    lines.append(f"  Start((start)) --> {machine['StartAt']}")
    for name, state in machine["States"].items():
        lines += edges(name, state)
    return "\n".join(lines)


def steps(machine: dict) -> str:
    rows = ["| step | what it does | tries | limit |", "|---|---|---|---|"]
    for name, state in machine["States"].items():
        if state["Type"] != "Task":
            continue
        tries = 1 + sum(rule.get("MaxAttempts", 3) for rule in state.get("Retry", [])[:1])
        limit = f"{state['TimeoutSeconds']} s" if "TimeoutSeconds" in state else ""
        rows.append(f"| {name} | {state.get('Comment', 'Sends a message to the operators.')} | {tries} | {limit} |")
    return "\n".join(rows)


def document() -> str:
    parts = [HEAD]
    for path in sorted((ROOT / "statemachines").glob("*.asl.json")):
        machine = json.loads(path.read_text())
        title = path.name.removesuffix(".asl.json")
        parts.append(f"## {title}\n{machine['Comment']}\n\n```mermaid\n{diagram(machine)}\n```\n\n{steps(machine)}\n")
    return "\n".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    now = document()
    if not parser.parse_args().check:
        DOCUMENT.write_text(now)
        return 0
    same = DOCUMENT.exists() and DOCUMENT.read_text() == now
    if not same:
        print("diagrams: docs/STATE_MACHINES.md is old; run infra/checks/diagrams.py", file=sys.stderr)
    return int(not same)


if __name__ == "__main__":
    sys.exit(main())
