#!/usr/bin/env bash
# Builds and deploys one environment, uploads its business rules and the web app if they are there, and asks whether it
# answers. The same script runs on a laptop and in CI.
#
#   infra/deploy.sh [dev|staging|prod] [--build|--built] [--guided] [--yes] [--fix]
#
#   --build   builds the functions and ends: needs no credentials
#   --built   deploys what --build made
#   --guided  asks for every parameter first; the answers go to samconfig.guided.toml, which git does not know
#   --yes     does not ask before it applies the change set
#   --fix     moves all traffic at once and looks at no alarm: the fix of what raised one
#   AWS_RESOURCE_ROLE          role that CloudFormation takes, if the caller's own rights shall not make the resources
#   AWS_PERMISSIONS_BOUNDARY   boundary of every role of the stack (infra/deployer.yaml)
set -euo pipefail
cd "$(dirname "$0")"

environment=dev steps=both guided=() confirm=() overrides=()
for argument in "$@"; do
  case $argument in
    dev | staging | prod) environment=$argument ;;
    --build) steps=build ;;
    --built) steps=deploy ;;
    --guided) guided=(--guided) ;;
    --yes) confirm=(--no-confirm-changeset) ;;
    --fix) overrides+=(Rollout=atonce) ;;
    -h | --help) sed -n '2,14s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "unknown argument: $argument (see --help)" >&2; exit 2 ;;
  esac
done
section=$environment
[[ $environment == dev ]] && section=default
stack=bookpath-$environment

need() {
  local missing=() tool
  for tool in "$@"; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  if ((${#missing[@]})); then
    echo "not installed: ${missing[*]} (docs/QUICK_START.md lists them)" >&2
    exit 1
  fi
}

if [[ $steps != deploy ]]; then
  need sam cargo cargo-lambda python3
  python3 spark/bundle.py
  sam build --config-env "$section"
fi
[[ $steps == build ]] && exit 0

need sam aws python3
rules=parameters/$environment.bookpath.toml
stored=$(mktemp)
trap 'rm -f "$stored"' EXIT
if [[ -f $rules ]]; then python3 rules.py "$rules" "$stored"; fi

region=${AWS_REGION:-${AWS_DEFAULT_REGION:-us-west-1}}
account=$(aws sts get-caller-identity --query Account --output text)
echo "deploying $stack to account $account in $region" >&2

role=() config=()
[[ -n ${AWS_RESOURCE_ROLE:-} ]] && role=(--role-arn "$AWS_RESOURCE_ROLE")
[[ -n ${AWS_PERMISSIONS_BOUNDARY:-} ]] && overrides+=("PermissionsBoundaryArn=$AWS_PERMISSIONS_BOUNDARY")
# A parameter on the command line replaces the whole file of parameters, so the file comes along.
((${#overrides[@]})) && overrides=(--parameter-overrides "file://parameters/$environment.yaml" "${overrides[@]}")
if ((${#guided[@]})); then
  # sam writes the answers into the file that it was given: never into ours.
  cp samconfig.toml samconfig.guided.toml
  config=(--config-file "$PWD/samconfig.guided.toml")
fi
sam deploy --config-env "$section" --region "$region" ${config[@]+"${config[@]}"} ${role[@]+"${role[@]}"} \
  ${guided[@]+"${guided[@]}"} ${confirm[@]+"${confirm[@]}"} ${overrides[@]+"${overrides[@]}"}

output() {
  aws cloudformation describe-stacks --region "$region" --stack-name "$stack" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"
}

if [[ -f $rules ]]; then
  aws ssm put-parameter --region "$region" --overwrite --tier Intelligent-Tiering --type String \
    --name "$(output BusinessConfigParameter)" --value "file://$stored" >/dev/null
  echo "uploaded $rules" >&2
fi

site=../web/dist/site
if [[ -f $site/app.html ]]; then
  bucket=$(output WebBucketName)
  # Hashed files first and for ever, then the pages, which are asked for again: no reader sees a page without its files.
  # CloudFront compresses by itself, so the packed files stay here.
  packed=(--exclude "*.br" --exclude "*.gz")
  aws s3 sync "$site/assets" "s3://$bucket/assets" --region "$region" "${packed[@]}" \
    --cache-control "public, max-age=31536000, immutable"
  aws s3 sync "$site" "s3://$bucket" --region "$region" "${packed[@]}" --exclude "assets/*" --cache-control "no-cache"
  aws s3 sync "$site" "s3://$bucket" --region "$region" "${packed[@]}" --delete --size-only
  aws cloudfront create-invalidation --distribution-id "$(output WebDistributionId)" --paths "/*" >/dev/null
  echo "uploaded the web app to $(output WebUrl)" >&2
else
  echo "no web app was uploaded: web/dist/site is not there. Run \`make web\` and deploy again" >&2
fi

./smoke.sh "$(output ApiUrl)"
echo "webhooks: $(output WebhookUrl)"
