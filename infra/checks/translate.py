"""In: infra/template.yaml. Out: the CloudFormation that the SAM translator makes of it, one file per environment.

`sam validate --lint` looks at neither Events nor Globals; cfn-lint over this output does.
"""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path
from types import SimpleNamespace

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ENVIRONMENTS = ("dev", "staging", "prod")


def local_uris_to_s3(template: dict) -> None:
    """The translator wants packaged code; what is packaged makes no difference to the lint."""
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            properties["CodeUri"] = "s3://packaged/code.zip"
        elif resource["Type"] == "AWS::Serverless::StateMachine":
            properties["DefinitionUri"] = "s3://packaged/machine.json"
        elif resource["Type"] == "AWS::Glue::Job":
            properties["Command"]["ScriptLocation"] = "s3://packaged/job.py"


def parameters_of(directory: Path, environment: str) -> dict[str, str]:
    values = yaml_parse((directory / f"{environment}.yaml").read_text())
    return {name: str(value) for name, value in values.items()}


def translate(template_path: Path, parameters: dict[str, str]) -> dict:
    template = yaml_parse(template_path.read_text())
    local_uris_to_s3(template)
    defaults = {
        name: str(definition["Default"])
        for name, definition in template.get("Parameters", {}).items()
        if "Default" in definition
    }
    no_managed_policies = SimpleNamespace(load=dict)
    return transform(template, {**defaults, **parameters}, no_managed_policies)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--template", type=Path, required=True)
    parser.add_argument("--parameters", type=Path, required=True, help="directory with one YAML file per environment")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for environment in ENVIRONMENTS:
        translated = translate(arguments.template, parameters_of(arguments.parameters, environment))
        target = arguments.out / f"{environment}.json"
        target.write_text(json.dumps(translated, indent=1, default=str))
        print(target)


if __name__ == "__main__":
    main()
