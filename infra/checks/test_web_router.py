"""The function of CloudFront, run by Node: it answers each path as `bookpath serve` does."""

from __future__ import annotations

import json
import re
import subprocess
import unittest
from pathlib import Path

from contract import Template

ROOT = Path(__file__).resolve().parents[2]
SERVE = (ROOT / "crates" / "bookpath" / "src" / "serve" / "web.rs").read_text()
RUN = """
const [code, events] = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const handler = new Function(code + '; return handler;')();
console.log(JSON.stringify(events.map((event) => handler(event))));
"""
BROWSER = {"accept": {"value": "text/html,application/xhtml+xml,*/*;q=0.8"}}


def code() -> str:
    return Template(ROOT / "infra" / "template.yaml").resources["WebRouter"]["Properties"]["FunctionCode"]


def paths_of_serve(name: str) -> list[str]:
    """A list of routes of `serve`, in the words of the function: `{*view}` is `*`."""
    found = re.search(name + r"(?:: \[&str; \d+\] =|) (\[[^]]*\])", SERVE)
    if not found:
        raise AssertionError(f"web.rs has no {name}")
    return re.sub(r"\{\*\w+\}", "*", " ".join(re.findall(r'"([^"]+)"', found[1]))).split()


def answers(*paths: str, method: str = "GET", headers: dict | None = None) -> list[dict]:
    events = [
        {"context": {"requestId": "r1"}, "request": {"method": method, "uri": path, "headers": headers or {}, "querystring": {}}}
        for path in paths
    ]
    ran = subprocess.run(["node", "-e", RUN], input=json.dumps([code(), events]), capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


class WebRouter(unittest.TestCase):
    def views(self, name: str) -> list[str]:
        return [path.replace("*", "a/b.c") for path in paths_of_serve(name)]

    def test_the_views_are_those_of_serve(self) -> None:
        lists = {name: json.loads(text.replace("'", '"')) for name, text in re.findall(r"var (\w+) = (\[[^;]*\]);", code())}
        self.assertEqual(lists, {"TEAM": paths_of_serve("TEAM"), "CUSTOMERS": paths_of_serve("CUSTOMERS"), "FILES": paths_of_serve("for path in")})

    def test_a_view_is_answered_by_its_page(self) -> None:
        for name, page in [("TEAM", "/app.html"), ("CUSTOMERS", "/book.html")]:
            paths = self.views(name)
            for path, answer in zip(paths, answers(*paths), strict=True):
                self.assertEqual(answer.get("uri"), page, path)

    def test_a_file_is_asked_for_as_it_is(self) -> None:
        paths = ["/assets/app-1.js", "/theme.js", "/favicon.svg"]
        self.assertEqual([answer["uri"] for answer in answers(*paths)], paths)

    def test_the_first_page_leads_to_the_team_s(self) -> None:
        [answer] = answers("/")
        self.assertEqual((answer["statusCode"], answer["headers"]["location"]["value"]), (307, "/app"))

    def test_a_program_reads_a_problem_where_nothing_lies(self) -> None:
        unknown = ["/no/such/page", "/login/x", "/recover/x", "/apps", "/bookings2", "/app.html", "/book.html", "/assets/", "/wp-login.php"]
        for path, answer in zip(unknown, answers(*unknown), strict=True):
            self.assertEqual(answer.get("statusCode"), 404, path)
            self.assertEqual(answer["headers"]["content-type"]["value"], "application/problem+json")
            problem = json.loads(answer["body"]["data"])
            self.assertEqual((problem["code"], problem["status"], problem["request_id"]), ("not_found", 404, "r1"))
        [answer] = answers("/no/such/page", method="HEAD", headers=BROWSER)
        self.assertEqual(answer["headers"]["content-type"]["value"], "application/problem+json")

    def test_a_person_reads_words_where_nothing_lies(self) -> None:
        [answer] = answers("/no/such/page", headers=BROWSER)
        self.assertEqual((answer["statusCode"], answer["headers"]["content-type"]["value"]), (404, "text/html; charset=utf-8"))
        self.assertIn("There is nothing here.", answer["body"]["data"])

    def test_what_the_api_answers_never_reaches_the_function(self) -> None:
        distribution = Template(ROOT / "infra" / "template.yaml").resources["WebDistribution"]
        behaviours = distribution["Properties"]["DistributionConfig"]["CacheBehaviors"]
        self.assertEqual({one["PathPattern"]: one["TargetOriginId"] for one in behaviours}, {"/api/*": "api", "/healthz": "api"})


if __name__ == "__main__":
    unittest.main()
