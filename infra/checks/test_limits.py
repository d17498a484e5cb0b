"""limits.py on templates of one kind of resource each."""

from __future__ import annotations

import unittest

import limits


def with_routes(count: int) -> dict:
    def permission(path: str) -> dict:
        arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}/GET" + path
        return {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Ref": "DashboardApiFunctionAliaslive"},
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": {"Fn::Sub": [arn, {}]},
            },
        }

    names = [f"/api/route{number:03}" for number in range(count)]
    resources = {f"Route{at:03}PermissionStage": permission(path) for at, path in enumerate(names)}
    resources["Api"] = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": {"paths": dict.fromkeys(names, {})}}}
    return {"Resources": resources}


class Limits(unittest.TestCase):
    def test_each_route_is_a_statement_of_its_function(self) -> None:
        one, two = (limits.policy_sizes(with_routes(count), "prod")["DashboardApi"] for count in (1, 2))
        # The statement of one route in a deployed account has about four hundred bytes.
        self.assertTrue(350 < two - one < 450, two - one)
        self.assertEqual(list(limits.check(with_routes(40), "prod")), [])
        [told] = limits.check(with_routes(60), "prod")
        self.assertIn("the policy of DashboardApi is 2", told)

    def test_every_part_of_a_path_counts_once(self) -> None:
        self.assertEqual(limits.paths(with_routes(3)), 5)

    def test_too_many_resources_are_told(self) -> None:
        template = {"Resources": {f"R{number}": {"Type": "AWS::SNS::Topic"} for number in range(501)}}
        self.assertEqual(list(limits.check(template, "prod")), ["the template has 501 resources, AWS takes 500"])


if __name__ == "__main__":
    unittest.main()
