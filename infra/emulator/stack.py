#!/usr/bin/env python3
"""The deployment on an emulated AWS, on this machine.

    infra/emulator/stack.py start                     installs the pinned tools, starts the emulator with IAM enforced
    infra/emulator/stack.py deploy                    sam build, sam deploy
    infra/emulator/stack.py deploy --binaries DIR     sam deploy with functions already built: DIR/<function's crate>
    infra/emulator/stack.py outputs [--json]          the stack's outputs, and the URL that answers here
    infra/emulator/stack.py secret NAME KEY=VALUE...  fills a secret of the stack and starts the functions anew
    infra/emulator/stack.py reset                     forgets every resource
    infra/emulator/stack.py stop
    infra/emulator/stack.py tools                     installs the tools only; prints where sam and cargo-lambda are

Nothing leaves the machine: the emulator listens on loopback and takes the dummy credentials below.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
TEMPLATE = HERE.parent / "template.yaml"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "bookpath"
VENVS = Path(os.environ.get("VENVS", CACHE / "venv"))

ACCOUNT = "111122223333"
REGION = "us-west-1"
ENVIRONMENT = "dev"
STACK = f"bookpath-{ENVIRONMENT}"
START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 10


class Failed(Exception):
    """One line for the person at the terminal."""


# ---------------------------------------------------------------- tools


def venv(name: str, requirements: Path) -> Path:
    """The bin directory of a virtual environment with exactly these pinned requirements."""
    directory = VENVS / name
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    done = directory / f".done-{digest}"
    if not done.exists():
        log(f"installing {name} from {requirements.relative_to(REPOSITORY)}")
        python = shutil.which("python3.11") or sys.executable
        run([python, "-m", "venv", "--clear", str(directory)])
        pip = [str(directory / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "-r", str(requirements)])
        done.touch()
    return directory / "bin"


def emulator_bin() -> Path:
    return venv("emulator", HERE / "requirements.txt")


def sam_bin() -> Path:
    return venv("sam", HERE / "requirements-sam.txt")


def run(command: list[str], **options: object) -> None:
    """Runs a tool with its output on stderr: stdout belongs to the answer."""
    result = subprocess.run(command, stdout=sys.stderr, check=False, **options)
    if result.returncode != 0:
        raise Failed(f"{Path(command[0]).name} {' '.join(command[1:3])} ended with {result.returncode}")


def log(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


# ---------------------------------------------------------------- the emulator's process


class State:
    """What `start` leaves behind for the other commands, one directory per instance."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.file = directory / "emulator.json"

    def read(self) -> dict:
        try:
            return json.loads(self.file.read_text())
        except FileNotFoundError:
            raise Failed("the emulator is not running; run `stack.py start` first") from None

    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.read()['port']}"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def is_ours(pid: int) -> bool:
    """Whether this process still is the emulator that we started, and not another that got its number."""
    result = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return str(HERE / "launcher.py") in result.stdout


def healthy(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def emulator_environment(port: int, state: State) -> dict[str, str]:
    """Only what is named here: the functions inherit it, and a variable of ours would hide one that is missing."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(state.directory),
        "TMPDIR": str(state.directory / "tmp"),
        "LANG": "C.UTF-8",
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # delta-rs refuses plain HTTP unless told; on AWS this is never set.
        "AWS_ALLOW_HTTP": "true",
    }


def start(state: State, port: int | None) -> None:
    if state.file.exists() and is_ours(state.read()["pid"]):
        log(f"already running at {state.endpoint()}")
        return
    python = emulator_bin() / "python"
    port = port or free_port()
    (state.directory / "tmp").mkdir(parents=True, exist_ok=True)
    with (state.directory / "emulator.log").open("wb") as output:
        process = subprocess.Popen(
            [str(python), str(HERE / "launcher.py")],
            env=emulator_environment(port, state),
            cwd=state.directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    state.file.write_text(json.dumps({"pid": process.pid, "port": port}))
    deadline = time.monotonic() + START_SECONDS_MAX
    while not healthy(state.endpoint()):
        if process.poll() is not None or time.monotonic() > deadline:
            state.file.unlink()
            process.kill()
            raise Failed(f"the emulator did not start; see {state.directory / 'emulator.log'}")
        time.sleep(0.1)
    log(f"emulator at {state.endpoint()} (pid {process.pid}, log {state.directory / 'emulator.log'})")


def stop(state: State) -> None:
    if not state.file.exists():
        return
    pid = state.read()["pid"]
    if is_ours(pid):
        # Its own session: the functions' processes end with it.
        os.killpg(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS_MAX
        while is_ours(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        if is_ours(pid):
            os.killpg(pid, signal.SIGKILL)
    state.file.unlink()


def reset(state: State) -> None:
    request = urllib.request.Request(f"{state.endpoint()}/_ministack/reset", method="POST")
    with urllib.request.urlopen(request, timeout=30):
        pass


# ---------------------------------------------------------------- the stack


def client_environment(state: State) -> dict[str, str]:
    """For tools that talk to the emulator: its address and dummy keys, and no profile of the person's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "PATH": f"{sam_bin()}{os.pathsep}{os.environ.get('PATH', '')}",
        "AWS_ENDPOINT_URL": state.endpoint(),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "SAM_CLI_TELEMETRY": "0",
    }


def host_architecture() -> str:
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def package_prebuilt(binaries: Path, state: State) -> Path:
    """The template with each function's code taken from DIR/<crate> in place of a build."""
    text = TEMPLATE.read_text()
    crates = re.findall(r"CodeUri: \.\./crates/lambdas/([a-z-]+)/", text)
    missing = [crate for crate in crates if not (binaries / crate).is_file()]
    if missing:
        raise Failed(f"{binaries} lacks {', '.join(missing)}")
    code = state.directory / "code"
    shutil.rmtree(code, ignore_errors=True)
    strip = shutil.which("strip")
    for crate in crates:
        bootstrap = code / crate / "bootstrap"
        bootstrap.parent.mkdir(parents=True)
        shutil.copyfile(binaries / crate, bootstrap)
        bootstrap.chmod(0o755)
        if strip and bootstrap.open("rb").read(4) == b"\x7fELF":
            run([strip, str(bootstrap)])
    text = re.sub(r"CodeUri: \.\./crates/lambdas/([a-z-]+)/", rf"CodeUri: {code}/\1/", text)
    text = text.replace("Uri: ../", f"Uri: {REPOSITORY}/")
    text = text.replace("ScriptLocation: spark/", f"ScriptLocation: {TEMPLATE.parent}/spark/")
    template = state.directory / "template.yaml"
    template.write_text(text)
    return template


def build(state: State) -> Path:
    target = state.directory / "build"
    run(
        ["sam", "build", "--beta-features", "--template-file", str(TEMPLATE), "--build-dir", str(target),
         "--parameter-overrides", overrides(state, [])],
        env=client_environment(state),
        cwd=REPOSITORY,
    )  # fmt: skip
    return target / "template.yaml"


def overrides(state: State, extra: list[str]) -> str:
    """A file of parameters (JSON is YAML), because sam parts a value of the command line at its blanks.

    Schedules stand still, so that a test alone says when the lake runs.
    """
    values = {"Environment": ENVIRONMENT, "Architecture": host_architecture(), "EtlIntervalState": "DISABLED"}
    for one in extra:
        name, separator, value = one.partition("=")
        if not separator:
            raise Failed(f"--parameter wants NAME=VALUE, not {one!r}")
        values[name] = value
    file = state.directory / "parameters.yaml"
    file.write_text(json.dumps(values))
    return f"file://{file}"


def deploy(state: State, binaries: Path | None, parameters: list[str]) -> None:
    run([str(sam_bin() / "python"), str(TEMPLATE.parent / "spark" / "bundle.py")])
    template = package_prebuilt(binaries, state) if binaries else build(state)
    began = time.monotonic()
    run(
        ["sam", "deploy", "--template-file", str(template), "--stack-name", STACK, "--region", REGION, "--resolve-s3",
         "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--no-confirm-changeset",
         "--no-fail-on-empty-changeset", "--no-progressbar", "--parameter-overrides", overrides(state, parameters)],
        env=client_environment(state),
        cwd=state.directory,
    )  # fmt: skip
    log(f"deployed in {time.monotonic() - began:.1f} s")


def outputs(state: State) -> dict[str, str]:
    script = (
        "import boto3, json; stack = boto3.client('cloudformation').describe_stacks(StackName='%s')['Stacks'][0]; "
        "print(json.dumps({o['OutputKey']: o['OutputValue'] for o in stack.get('Outputs', [])}))" % STACK
    )
    result = subprocess.run(
        [str(emulator_bin() / "python"), "-c", script],
        env=client_environment(state),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise Failed(f"no outputs: {result.stderr.strip().splitlines()[-1]}")
    found = json.loads(result.stdout)
    found["EmulatorEndpoint"] = state.endpoint()
    found["EmulatorApiUrl"] = f"{state.endpoint()}/_aws/execute-api/{found['ApiId']}/{ENVIRONMENT}"
    return found


def put_secret(state: State, name: str, pairs: list[str]) -> None:
    values = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if len(values) != len(pairs):
        raise Failed("a key of a secret is given as NAME=VALUE")
    script = "import boto3, sys; boto3.client('secretsmanager').put_secret_value(SecretId=sys.argv[1], SecretString=sys.argv[2])"
    secret = f"bookpath/{ENVIRONMENT}/{name}"
    run([str(emulator_bin() / "python"), "-c", script, secret, json.dumps(values)], env=client_environment(state))
    request = urllib.request.Request(f"{state.endpoint()}/_bookpath/restart", method="POST")
    with urllib.request.urlopen(request, timeout=30):
        pass


# ---------------------------------------------------------------- the command line


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--state",
        type=Path,
        default=CACHE / "emulator" / hashlib.sha256(str(REPOSITORY).encode()).hexdigest()[:12],
        help="directory of this instance; another one runs beside it",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    starting = commands.add_parser("start", help="start the emulator")
    starting.add_argument("--port", type=int, help="default: a free one")
    deploying = commands.add_parser("deploy", help="build and deploy the template")
    deploying.add_argument("--binaries", type=Path, help="directory of built functions; without it `sam build` runs")
    deploying.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE")
    showing = commands.add_parser("outputs", help="print the stack's outputs")
    showing.add_argument("--json", action="store_true")
    secret = commands.add_parser("secret", help="fill a secret of the stack")
    secret.add_argument("name", choices=["webhook-signing-keys", "vendor-keys", "access", "phone-hash", "origin"])
    secret.add_argument("pairs", nargs="+", metavar="KEY=VALUE")
    commands.add_parser("reset", help="forget every resource, keep the process")
    commands.add_parser("stop", help="end the emulator and its functions")
    commands.add_parser("tools", help="install the tools and print the directory of sam")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    state = State(arguments.state.resolve())
    try:
        if arguments.command == "start":
            start(state, arguments.port)
        elif arguments.command == "deploy":
            deploy(state, arguments.binaries and arguments.binaries.resolve(), arguments.parameter)
        elif arguments.command == "outputs":
            found = outputs(state)
            print(json.dumps(found) if arguments.json else "\n".join(f"{k:24} {v}" for k, v in sorted(found.items())))
        elif arguments.command == "secret":
            put_secret(state, arguments.name, arguments.pairs)
        elif arguments.command == "reset":
            reset(state)
        elif arguments.command == "tools":
            emulator_bin()
            print(sam_bin())
        else:
            stop(state)
    except Failed as failure:
        log(f"error: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
