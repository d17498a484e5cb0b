<#
.SYNOPSIS
  Builds and deploys one environment of Bookpath, as deploy.sh does.
.EXAMPLE
  infra\deploy.ps1 -Environment prod -Guided
#>
[CmdletBinding()]
param(
    [ValidateSet('dev', 'staging', 'prod')]
    [string] $Environment = 'dev',
    # Asks for every parameter first (for the first deploy of an environment).
    [switch] $Guided,
    # Does not ask before it applies the change set.
    [switch] $Yes,
    # Moves all traffic at once and looks at no alarm: the fix of what raised one.
    [switch] $Fix
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Push-Location $PSScriptRoot

function Invoke-Tool {
    param([string] $Tool, [string[]] $Arguments)
    & $Tool @Arguments
    if ($LASTEXITCODE -ne 0) { throw "$Tool $($Arguments[0]) ended with $LASTEXITCODE" }
}

function Get-StackOutput {
    param([string] $Key)
    Invoke-Tool aws @('cloudformation', 'describe-stacks', '--region', $region, '--stack-name', $stack,
        '--output', 'text', '--query', "Stacks[0].Outputs[?OutputKey=='$Key'].OutputValue")
}

function Test-Answer {
    param([int] $Wanted, [string] $What, [hashtable] $Request)
    $got = 0
    foreach ($attempt in 1..6) {
        try { $got = [int] (Invoke-WebRequest @Request -UseBasicParsing -TimeoutSec 30).StatusCode }
        catch {
            $response = $_.Exception.PSObject.Properties['Response']
            if ($response -and $response.Value) { $got = [int] $response.Value.StatusCode }
        }
        if ($got -eq $Wanted) { Write-Host "ok: $What ($got)"; return }
        Start-Sleep -Seconds $attempt
    }
    throw "smoke test failed: $What answered $got, not $Wanted"
}

try {
    $missing = @('sam', 'aws', 'cargo', 'cargo-lambda', 'python') | Where-Object { -not (Get-Command $_ -ErrorAction SilentlyContinue) }
    if ($missing) { throw "not installed: $($missing -join ', ') (docs/QUICK_START.md lists them)" }

    $rules = "parameters/$Environment.bookpath.toml"
    $stored = [IO.Path]::GetTempFileName()
    if (Test-Path $rules) { Invoke-Tool python @('rules.py', $rules, $stored) }

    $section = if ($Environment -eq 'dev') { 'default' } else { $Environment }
    $stack = "bookpath-$Environment"
    $region = if ($env:AWS_REGION) { $env:AWS_REGION } elseif ($env:AWS_DEFAULT_REGION) { $env:AWS_DEFAULT_REGION } else { 'us-west-1' }
    $account = Invoke-Tool aws @('sts', 'get-caller-identity', '--query', 'Account', '--output', 'text')
    Write-Host "deploying $stack to account $account in $region"

    $deploy = @('deploy', '--config-env', $section, '--region', $region)
    if ($env:AWS_RESOURCE_ROLE) { $deploy += @('--role-arn', $env:AWS_RESOURCE_ROLE) }
    if ($Guided) {
        # sam writes the answers into the file that it was given: never into ours.
        Copy-Item samconfig.toml samconfig.guided.toml
        $deploy += @('--guided', '--config-file', (Join-Path $PSScriptRoot 'samconfig.guided.toml'))
    }
    $overrides = @()
    if ($Fix) { $overrides += 'Rollout=atonce' }
    if ($env:AWS_PERMISSIONS_BOUNDARY) { $overrides += "PermissionsBoundaryArn=$env:AWS_PERMISSIONS_BOUNDARY" }
    # A parameter on the command line replaces the whole file of parameters, so the file comes along.
    if ($overrides) { $deploy += @('--parameter-overrides', "file://parameters/$Environment.yaml") + $overrides }
    if ($Yes) { $deploy += '--no-confirm-changeset' }
    Invoke-Tool python @('spark/bundle.py')
    Invoke-Tool sam @('build', '--config-env', $section)
    Invoke-Tool sam $deploy

    if (Test-Path $rules) {
        Invoke-Tool aws @('ssm', 'put-parameter', '--region', $region, '--overwrite', '--tier', 'Intelligent-Tiering',
            '--type', 'String', '--name', (Get-StackOutput BusinessConfigParameter), '--value', "file://$stored") | Out-Null
        Write-Host "uploaded $rules"
    }

    $site = '../web/dist/site'
    if (Test-Path "$site/app.html") {
        $bucket = Get-StackOutput WebBucketName
        $packed = @('--exclude', '*.br', '--exclude', '*.gz')
        Invoke-Tool aws (@('s3', 'sync', "$site/assets", "s3://$bucket/assets", '--region', $region,
            '--cache-control', 'public, max-age=31536000, immutable') + $packed)
        Invoke-Tool aws (@('s3', 'sync', $site, "s3://$bucket", '--region', $region, '--cache-control', 'no-cache') +
            $packed + @('--exclude', 'assets/*'))
        Invoke-Tool aws (@('s3', 'sync', $site, "s3://$bucket", '--region', $region, '--delete', '--size-only') + $packed)
        Invoke-Tool aws @('cloudfront', 'create-invalidation', '--distribution-id', (Get-StackOutput WebDistributionId),
            '--paths', '/*') | Out-Null
        Write-Host "uploaded the web app to $(Get-StackOutput WebUrl)"
    } else {
        Write-Host 'no web app was uploaded: web/dist/site is not there. Run "make web" and deploy again'
    }

    $api = Get-StackOutput ApiUrl
    Test-Answer 200 'the API is alive' @{ Uri = "$api/healthz" }
    Test-Answer 401 'an unsigned webhook is refused' @{
        Uri = "$api/api/webhooks/calendly"; Method = 'POST'; ContentType = 'application/json'; InFile = 'events/calendly-invitee-created.json'
    }
    Test-Answer 401 'the numbers need a login' @{ Uri = "$api/api/marketing/bookings_trend" }
    Write-Output "webhooks: $(Get-StackOutput WebhookUrl)"
}
finally {
    if (Test-Path variable:stored) { Remove-Item $stored -ErrorAction SilentlyContinue }
    Pop-Location
}
