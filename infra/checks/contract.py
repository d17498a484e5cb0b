"""In: template, state machines, Rust sources and the functions' READMEs. Out: every place where they disagree.

What one part names and another provides is held together by nothing but the name; a misspelt one shows only in
production, in the branch that handles a failure. So each pair is compared here.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

LAMBDA_TASK = "arn:aws:states:::lambda:invoke"
GLUE_TASK = "arn:aws:states:::glue:startJobRun"
# Raised by Step Functions and by the services that it calls.
SERVICE_ERRORS = re.compile(r"^(States\.[A-Za-z]+|Lambda\.[A-Za-z]+|Glue\.[A-Za-z]+|Runtime\.[A-Za-z]+|Sandbox\.Timedout)$")
# Set by the runtime, or read by a library and not by the function.
PLATFORM_VARIABLES = re.compile(r"^(AWS_.*|RUST_LOG)$")
# Actions that know no narrower resource than "*".
RESOURCELESS_ACTIONS = re.compile(r"^(xray:.+|cloudwatch:GetMetricData|logs:[A-Za-z]+LogDeliver(y|ies)|logs:(Put|Describe)ResourcePolic(y|ies)|logs:DescribeLogGroups|dynamodb:ListStreams)$")  # fmt: skip
# A text goes to a number, which is no resource; all that can be said is that it is no topic.
NOT_RESOURCE_ACTIONS = {"sns:Publish"}


@dataclass
class Function:
    logical_id: str
    name: str
    crate: str
    role: str
    variables: set[str]
    memory_mb: int


@dataclass
class Machine:
    logical_id: str
    definition: str
    substitutions: dict = field(default_factory=dict)


class Template:
    """The parts of infra/template.yaml that others refer to."""

    def __init__(self, path: Path) -> None:
        document = yaml_parse(path.read_text())
        self.resources: dict[str, dict] = document["Resources"]
        self.shared_variables = self._variables(document.get("Globals", {}).get("Function", {}))

    @staticmethod
    def _variables(properties: dict) -> set[str]:
        return set(properties.get("Environment", {}).get("Variables", {}))

    def of_type(self, kind: str) -> Iterator[tuple[str, dict]]:
        for logical_id, resource in self.resources.items():
            if resource["Type"] == kind:
                yield logical_id, resource["Properties"]

    def functions(self) -> list[Function]:
        return [
            Function(
                logical_id,
                str(properties["FunctionName"].get("Fn::Sub", "")),
                Path(properties["CodeUri"]).name,
                json.dumps(properties.get("Role")),
                self.shared_variables | self._variables(properties),
                properties.get("MemorySize", 0),
            )
            for logical_id, properties in self.of_type("AWS::Serverless::Function")
        ]

    def machines(self) -> list[Machine]:
        return [
            Machine(logical_id, Path(properties["DefinitionUri"]).name, properties.get("DefinitionSubstitutions", {}))
            for logical_id, properties in self.of_type("AWS::Serverless::StateMachine")
        ]

    def stack_names(self) -> dict:
        """What the stack says of itself to the command line."""
        values = [properties.get("Value") for _, properties in self.of_type("AWS::SSM::Parameter")]
        texts = [value.get("Fn::Sub", "") for value in values if isinstance(value, dict)]
        return next((json.loads(text) for text in texts if text.startswith("{")), {})

    def statements(self) -> Iterator[tuple[str, dict]]:
        for logical_id, properties in self.of_type("AWS::IAM::Role"):
            for policy in properties.get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    # What a condition adds counts as if it were there.
                    yield logical_id, statement.get("Fn::If", [None, statement])[1]


def states_of(machine: dict) -> Iterator[tuple[str, dict]]:
    """Every state, also those inside Parallel and Map."""
    for name, state in machine.get("States", {}).items():
        yield name, state
        for branch in state.get("Branches", []):
            yield from states_of(branch)
        for inner in ("Iterator", "ItemProcessor"):
            yield from states_of(state.get(inner, {}))


def substitutions_in(value: object) -> set[str]:
    return set(re.findall(r"\$\{([A-Za-z0-9]+)\}", json.dumps(value)))


def function_behind(substitution: object) -> str | None:
    """The function that a substitution's value stands for: its alias, or itself."""
    if isinstance(substitution, dict):
        if isinstance(substitution.get("Ref"), str):
            return substitution["Ref"].removesuffix(".Alias")
        target = substitution.get("Fn::GetAtt")
        if target:
            return target[0] if isinstance(target, list) else str(target).split(".")[0]
    return None


def check_machines(template: Template, root: Path) -> Iterator[str]:
    functions = {function.logical_id for function in template.functions()}
    deployed = {machine.definition: machine for machine in template.machines()}
    files = {path.name: path for path in (root / "statemachines").glob("*.asl.json")}
    for name in sorted(set(deployed) - set(files)):
        yield f"statemachines/{name} is deployed and does not exist"
    for name in sorted(set(files) - set(deployed)):
        yield f"statemachines/{name} is not in the template"
    for name in sorted(set(files) & set(deployed)):
        machine, definition = deployed[name], json.loads(files[name].read_text())
        used, given = substitutions_in(definition), set(machine.substitutions)
        for missing in sorted(used - given):
            yield f"{name}: ${{{missing}}} has no value in {machine.logical_id}"
        for unused in sorted(given - used):
            yield f"{name}: {machine.logical_id} gives {unused}, which nothing uses"
        for state_name, state in states_of(definition):
            yield from check_task(name, state_name, state, machine, functions)
            yield from check_job(name, state_name, state, machine, template)


def check_task(file: str, name: str, state: dict, machine: Machine, functions: set[str]) -> Iterator[str]:
    if state.get("Type") != "Task":
        return
    resource = state.get("Resource", "")
    if resource.startswith(LAMBDA_TASK):
        target = (state.get("Parameters") or state.get("Arguments") or {}).get("FunctionName", "")
    elif resource.startswith("${"):
        target = resource
    else:
        return
    names = substitutions_in(target)
    behind = {function_behind(machine.substitutions.get(one)) for one in names}
    if not names or not behind <= functions:
        yield f"{file}: task {name} calls {target!r}, which is no function of the template"


def check_job(file: str, name: str, state: dict, machine: Machine, template: Template) -> Iterator[str]:
    """A job is called by its name, and a role may start it."""
    if not state.get("Resource", "").startswith(GLUE_TASK):
        return
    jobs = {properties["Name"]["Fn::Sub"] for _, properties in template.of_type("AWS::Glue::Job")}
    for one in substitutions_in(state["Parameters"]["JobName"]):
        job = (machine.substitutions.get(one) or {}).get("Fn::Sub")
        if job not in jobs:
            yield f"{file}: task {name} starts {job!r}, which is no job of the template"
        elif not any("glue:StartJobRun" in s["Action"] and f":job/{job}" in json.dumps(s["Resource"]) for _, s in template.statements()):
            yield f"{file}: no role may start {job}"


def error_names(root: Path) -> set[str]:
    """String literals of the Rust files that speak of error types."""
    found: set[str] = set()
    for path in (root / "crates").rglob("*.rs"):
        text = path.read_text()
        if "error_type" in text:
            found.update(re.findall(r'"([A-Za-z][A-Za-z0-9_.]*)"', text))
    return found


def check_errors(root: Path) -> Iterator[str]:
    known = error_names(root)
    for path in sorted((root / "statemachines").glob("*.asl.json")):
        for name, state in states_of(json.loads(path.read_text())):
            for rule in [*state.get("Retry", []), *state.get("Catch", [])]:
                for error in rule["ErrorEquals"]:
                    if not SERVICE_ERRORS.match(error) and error not in known:
                        yield f"{path.name}: {name} waits for {error!r}, which no error_type in crates/ returns"


def check_crates(template: Template, root: Path) -> Iterator[str]:
    functions = template.functions()
    crates = {path.parent.name for path in (root / "crates" / "lambdas").glob("*/Cargo.toml")}
    deployed = {function.crate for function in functions}
    for crate in sorted(deployed - crates):
        yield f"crates/lambdas/{crate} is deployed and does not exist"
    for crate in sorted(crates - deployed):
        yield f"crates/lambdas/{crate} is not in the template"
    for function in functions:
        wanted = f"bookpath-{function.crate}-${{Environment}}"
        if function.name != wanted:
            yield f"{function.logical_id} is named {function.name!r} and not {wanted!r}"


def check_memory(template: Template) -> Iterator[str]:
    """The bill multiplies a function's time by the memory that the stack's parameter names."""
    told = template.stack_names().get("functions", {})
    real = {function.name: function.memory_mb for function in template.functions()}
    for name in sorted(set(told) | set(real)):
        if told.get(name) != real.get(name):
            yield f"the stack's parameter gives {name} {told.get(name)} MB, the template {real.get(name)}"


def check_routes(template: Template, root: Path) -> Iterator[str]:
    """The gateway knows every route of the API; `{vendor}` stands for the vendors' own paths."""
    document = root / "api" / "openapi.json"
    told = json.loads(document.read_text())["paths"] if document.exists() else {}
    known = {(e["Properties"]["Method"].lower(), e["Properties"]["Path"]) for _, f in template.of_type("AWS::Serverless::Function") for e in f.get("Events", {}).values() if e["Type"] == "Api"}  # fmt: skip
    for path, methods in told.items():
        for method in methods:
            if "{vendor}" not in path and (method, path) not in known:
                yield f"{method.upper()} {path} is in api/openapi.json and not in the template"


def readme_variables(text: str) -> dict[str, bool]:
    """Name -> required, from the rows of the table under the heading Environment."""
    section = re.search(r"^#+ *Environment\b.*?$(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL | re.IGNORECASE)
    rows = re.findall(r"^\| *`([A-Z][A-Z0-9_]*)` *\|(.*)$", section.group(1) if section else "", re.MULTILINE)
    return {name: "optional" not in rest.lower() for name, rest in rows}


READ = re.compile(r'environment\s*\.(?:required|optional|secret|parameter)\("([A-Z][A-Z0-9_]*)"\)')


def shared_reads(root: Path) -> dict[str, set[str]]:
    """Variables that each function of the shared crates reads, by its name; `start` reads what `connect` does."""
    reads: dict[str, set[str]] = {}
    for crate in ("function-runtime", "platform-aws"):
        for path in sorted((root / "crates" / crate / "src").glob("*.rs")):
            for name, body in re.findall(r"\bfn (\w+)\b(.*?)(?=\bfn \w+|\Z)", path.read_text().split("#[cfg(test)]")[0], re.DOTALL):
                reads.setdefault(name, set()).update(READ.findall(body))
    reads["start"] = reads.get("start", set()) | reads.get("connect", set())
    return reads


def source_variables(root: Path, crate: str, shared: dict[str, set[str]]) -> set[str]:
    """Variables that a function's own source reads, also through the shared crates."""
    text = "".join(path.read_text() for path in sorted((root / "crates" / "lambdas" / crate / "src").glob("*.rs")))
    called = re.findall(r"(?:::|\.)(\w+)\((?:&mut )?environment\)", text)
    return set(READ.findall(text)).union(*(shared.get(name, set()) for name in called))


def check_environment(template: Template, root: Path) -> Iterator[str]:
    shared = shared_reads(root)
    for function in template.functions():
        readme = root / "crates" / "lambdas" / function.crate / "README.md"
        if not readme.exists():
            yield f"{readme.relative_to(root)} does not exist"
            continue
        read = readme_variables(readme.read_text())
        if not read:
            yield f"{readme.relative_to(root)} has no table under the heading Environment"
        source = source_variables(root, function.crate, shared)
        for name in sorted(source - set(read)):
            yield f"{function.crate} reads {name}, which its README does not name"
        for name in sorted(set(read) - source):
            if not PLATFORM_VARIABLES.match(name):
                yield f"{readme.relative_to(root)} names {name}, which the source does not read"
        for name, required in sorted(read.items()):
            if required and name not in function.variables and not PLATFORM_VARIABLES.match(name):
                yield f"{function.crate} reads {name}, which {function.logical_id} does not set"
        for name in sorted(function.variables - set(read)):
            if not PLATFORM_VARIABLES.match(name):
                yield f"{function.logical_id} sets {name}, which {function.crate} does not read"


def check_roles(template: Template) -> Iterator[str]:
    owners: dict[str, str] = {}
    for function in template.functions():
        if function.role in owners:
            yield f"{function.logical_id} shares the role of {owners[function.role]}"
        owners[function.role] = function.logical_id
    for role, statement in template.statements():
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        for action in actions:
            if "*" in action:
                yield f"{role} may do {action}; name the actions"
        narrow = [action for action in actions if not RESOURCELESS_ACTIONS.match(action)]
        if "NotResource" in statement:
            if not set(actions) <= NOT_RESOURCE_ACTIONS:
                yield f"{role} may do {', '.join(actions)} on all but some; name the resource"
            continue
        if statement["Effect"] == "Allow" and statement["Resource"] == "*" and narrow:
            yield f"{role} may do {', '.join(narrow)} on everything; name the resource"


def check_boundary(template: Template, root: Path) -> Iterator[str]:
    """What a role may do and the boundary of all roles does not know is refused where CI deploys."""
    resources = Template(root / "infra" / "deployer.yaml").resources
    known: set[str] = set()
    for statement in resources["Boundary"]["Properties"]["PolicyDocument"]["Statement"]:
        actions = statement["Action"]
        known.update(actions if isinstance(actions, list) else [actions])
    for role, statement in template.statements():
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        for action in set(actions) - known:
            yield f"{role} may do {action}, which the boundary of deployer.yaml does not allow"


def check_all(root: Path) -> list[str]:
    template = Template(root / "infra" / "template.yaml")
    return [
        *check_crates(template, root),
        *check_memory(template),
        *check_routes(template, root),
        *check_machines(template, root),
        *check_errors(root),
        *check_environment(template, root),
        *check_roles(template),
        *check_boundary(template, root),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    problems = check_all(parser.parse_args().root)
    for problem in problems:
        print(f"contract: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
