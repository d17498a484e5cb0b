"""contract.py on a small tree that agrees, and on the same tree with one thing wrong at a time."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

import contract

TEMPLATE = """
Globals:
  Function:
    Environment:
      Variables: { STATE_TABLE: t, RUST_LOG: info }
Resources:
  RefineSilverFunction:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub bookpath-refine-silver-${Environment}
      CodeUri: ../crates/lambdas/refine-silver/
      Role: !GetAtt RefineSilverRole.Arn
      MemorySize: 2048
      Environment:
        Variables: { SILVER_BUCKET: b }
  RefineSilverRole:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement:
              - { Effect: Allow, Action: [xray:PutTraceSegments], Resource: "*" }
              - { Effect: Allow, Action: s3:GetObject, Resource: arn }
  StackNames:
    Type: AWS::SSM::Parameter
    Properties:
      Value: !Sub >-
        {"functions":{"bookpath-refine-silver-${Environment}":2048}}
  Etl:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: ../statemachines/etl.asl.json
      DefinitionSubstitutions: { RefineSilverFunction: !Ref RefineSilverFunction.Alias }
"""
DEPLOYER = """
Resources:
  Boundary:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Statement:
          - { Effect: Allow, Action: [xray:PutTraceSegments, glue:StartJobRun], Resource: "*" }
          - { Effect: Allow, Action: s3:GetObject, Resource: "*" }
"""
MACHINE = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "End": True,
            "Branches": [
                {
                    "StartAt": "Refine",
                    "States": {
                        "Refine": {
                            "Type": "Task",
                            "Resource": "arn:aws:states:::lambda:invoke",
                            "Parameters": {"FunctionName": "${RefineSilverFunction}"},
                            "Retry": [{"ErrorEquals": ["LakeBusy", "States.Timeout"]}],
                            "End": True,
                        }
                    },
                }
            ],
        }
    },
}
RUST = 'fn error_type(&self) -> &str { "LakeBusy" }'
MAIN = 'let tiers = Tiers::silver(&mut environment); let p = Platform::start(environment); let d = environment.optional("DEBUG_DIR");'
KIT = 'fn connect() { environment.required("STATE_TABLE") }'
LAKE = 'fn silver() { environment.required("SILVER_BUCKET") }'
README = "# refine-silver\n\n## Environment\n\n| name | what |\n|---|---|\n| `SILVER_BUCKET` | lake |\n| `STATE_TABLE` | t |\n| `DEBUG_DIR` | optional |\n"


class Contract(unittest.TestCase):
    def problems(self, **files: str) -> list[str]:
        tree = {
            "infra/template.yaml": TEMPLATE,
            "infra/deployer.yaml": DEPLOYER,
            "statemachines/etl.asl.json": json.dumps(MACHINE),
            "crates/lambdas/refine-silver/Cargo.toml": "",
            "crates/lambdas/refine-silver/README.md": README,
            "crates/lambdas/refine-silver/src/error.rs": RUST,
            "crates/lambdas/refine-silver/src/main.rs": MAIN,
            "crates/platform-aws/src/platform.rs": KIT,
            "crates/platform-aws/src/lake.rs": LAKE,
        } | {name.replace("__", "/"): text for name, text in files.items()}
        with tempfile.TemporaryDirectory() as directory:
            for name, text in tree.items():
                path = Path(directory) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return contract.check_all(Path(directory))

    def test_agreement(self) -> None:
        self.assertEqual(self.problems(), [])

    def assert_found(self, expected: str, file: str, text: str) -> None:
        found = self.problems(**{file: text})
        self.assertTrue(any(expected in problem for problem in found), found)

    def test_error_that_nobody_raises(self) -> None:
        self.assert_found("'LakeBusy'", "crates/lambdas/refine-silver/src/error.rs", RUST.replace("LakeBusy", "Busy"))

    def test_jobs_are_named_and_may_be_started(self) -> None:
        task = {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "Parameters": {"JobName": "${SparkJob}"}, "End": True}
        machine = {**MACHINE, "States": {**MACHINE["States"], "Spark": task}}
        job = "  SparkJob:\n    Type: AWS::Glue::Job\n    Properties: { Name: !Sub 'gold-${Environment}' }\n"
        right = "              - !If [Has, { Effect: Allow, Action: [glue:StartJobRun], Resource: !Sub 'arn:x:job/gold-${Environment}' }, !Ref AWS::NoValue]\n"
        given = ", SparkJob: !Sub 'gold-${Environment}' }\n"
        last = "              - { Effect: Allow, Action: s3:GetObject, Resource: arn }\n"
        named = TEMPLATE.removesuffix(" }\n") + given
        files = {"statemachines/etl.asl.json": json.dumps(machine)}
        self.assertIn("no job of the template", str(self.problems(**files, **{"infra/template.yaml": named})))
        self.assertIn("no role may start", str(self.problems(**files, **{"infra/template.yaml": named + job})))
        allowed = named.replace(last, last + right)
        self.assertEqual(self.problems(**files, **{"infra/template.yaml": allowed + job}), [])

    def test_task_of_no_function(self) -> None:
        machine = json.dumps(MACHINE).replace("${RefineSilverFunction}", "${Other}")
        self.assert_found("no function of the template", "statemachines/etl.asl.json", machine)
        self.assert_found("${Other} has no value", "statemachines/etl.asl.json", machine)

    def test_task_with_a_literal_name(self) -> None:
        machine = json.dumps(MACHINE).replace("${RefineSilverFunction}", "refine")
        self.assert_found("no function of the template", "statemachines/etl.asl.json", machine)

    def test_machine_that_is_not_deployed(self) -> None:
        self.assert_found("not in the template", "statemachines/other.asl.json", '{"States":{}}')

    def test_variable_that_is_not_set(self) -> None:
        self.assert_found("does not set", "infra/template.yaml", TEMPLATE.replace("SILVER_BUCKET", "SILVER"))

    def test_variable_that_nobody_reads(self) -> None:
        self.assert_found("does not read", "infra/template.yaml", TEMPLATE.replace("SILVER_BUCKET: b", "SILVER_BUCKET: b, X: y"))  # fmt: skip

    def test_variable_that_the_readme_forgot(self) -> None:
        for reader in ("required", "optional", "secret", "parameter"):
            more = LAKE.replace("}", f'environment.{reader}("GOLD_BUCKET") }}')
            self.assert_found("README does not name", "crates/platform-aws/src/lake.rs", more)

    def test_variable_that_only_the_readme_knows(self) -> None:
        self.assert_found("the source does not read", "crates/lambdas/refine-silver/src/main.rs", MAIN.replace("DEBUG_DIR", "X"))

    def test_memory_that_the_bill_would_not_know(self) -> None:
        self.assert_found("the template 1024", "infra/template.yaml", TEMPLATE.replace("MemorySize: 2048", "MemorySize: 1024"))
        self.assert_found("None MB", "infra/template.yaml", TEMPLATE.replace("StackNames:", "Other:").replace("Value:", "Name:"))

    def test_all_but_some_is_for_texts_only(self) -> None:
        self.assert_found("on all but some", "infra/template.yaml", TEMPLATE.replace("Resource: arn", "NotResource: arn"))

    def test_route_that_the_gateway_does_not_know(self) -> None:
        self.assert_found("PATCH /api/users/{id}", "api/openapi.json", '{"paths":{"/api/users/{id}":{"patch":{}}}}')

    def test_crate_that_is_not_deployed(self) -> None:
        self.assert_found("not in the template", "crates/lambdas/react/Cargo.toml", "")

    def test_action_that_the_boundary_does_not_know(self) -> None:
        less = DEPLOYER.replace("s3:GetObject", "s3:PutObject")
        self.assert_found("RefineSilverRole may do s3:GetObject, which the boundary", "infra/deployer.yaml", less)

    def test_wide_actions_and_resources(self) -> None:
        self.assert_found("name the actions", "infra/template.yaml", TEMPLATE.replace("s3:GetObject", "s3:Get*"))
        self.assert_found("name the resource", "infra/template.yaml", TEMPLATE.replace("Resource: arn", 'Resource: "*"'))


if __name__ == "__main__":
    unittest.main()
