"""In: driver.py, lease.py and models/. Out: job.py, all of it in one file, because a Glue job has one script.

infra/deploy.sh runs it before `sam build`, which takes the file along; git does not know it. Glue's Python has no YAML, so
what the models' YAML says is written as JSON. Needs PyYAML, which comes with sam.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODELS = HERE.parents[1] / "models"
IMPORT, EMPTY = "from lease import Lease\n", "FILES: dict[str, str | dict] = {}\n"


def bundled() -> str:
    import yaml

    driver, lease = ((HERE / name).read_text() for name in ("driver.py", "lease.py"))
    for line in (IMPORT, EMPTY):
        if driver.count(line) != 1:
            raise SystemExit(f"bundle: driver.py should have the line {line!r} once")
    texts = {path.relative_to(MODELS).as_posix(): path.read_text() for path in sorted(MODELS.glob("*/*.*"))}
    files = {path: yaml.safe_load(text) if path.endswith(".yml") else text for path, text in texts.items()}
    # Quoted twice: JSON's null and true are no Python.
    driver = driver.replace(EMPTY, f"FILES = json.loads({json.dumps(json.dumps(files))})\n")
    return driver.replace(IMPORT, lease.split('"""\n', 1)[1])


def main() -> None:
    try:
        text = bundled()
    except ModuleNotFoundError as missing:
        sys.exit(f"bundle: {missing}; it comes with sam (pip install aws-sam-cli), or: pip install pyyaml")
    (HERE / "job.py").write_text(text)


if __name__ == "__main__":
    main()
