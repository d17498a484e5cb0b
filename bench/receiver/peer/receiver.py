"""In: a signed webhook through API Gateway. Out: the raw object, then the stream, then 200. Idiomatic Python for Lambda:
clients and keys are made once, at the cold start."""

import hashlib
import hmac
import json
import os
import time
import uuid
from datetime import UTC, datetime

import boto3

s3 = boto3.client("s3")
kinesis = boto3.client("kinesis")
secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["WEBHOOK_SECRET_ID"])
KEYS = json.loads(secret["SecretString"])["CALENDLY_WEBHOOK_SIGNING_KEYS"].split(",")
BUCKET = os.environ["RAW_BUCKET"]
STREAM = os.environ["EVENT_STREAM"]
TOLERANCE_S = 180


def authentic(header: str, body: bytes) -> bool:
    parts = dict(part.split("=", 1) for part in header.split(","))
    if abs(time.time() - int(parts["t"])) > TOLERANCE_S:
        return False
    signed = parts["t"].encode() + b"." + body
    digests = (hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in KEYS)
    return any(hmac.compare_digest(digest, parts["v1"]) for digest in digests)


def answer(status: int, body: dict) -> dict:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}


def handler(event: dict, _context: object) -> dict:
    body = event["body"].encode()
    if not authentic(event["headers"].get("calendly-webhook-signature", ""), body):
        return answer(401, {"code": "invalid_signature"})
    received_at = datetime.now(UTC)
    sha256 = hashlib.sha256(body).hexdigest()
    raw_key = f"raw/calendly/{received_at:%Y-%m-%d}/{sha256}.json"
    s3.put_object(Bucket=BUCKET, Key=raw_key, Body=body, ContentType="application/json")
    parsed = json.loads(body)
    payload = parsed["payload"]
    record = {
        "delivery_id": str(uuid.uuid4()),
        "vendor": "calendly",
        "kind": parsed["event"],
        "resource_uri": payload["uri"],
        "version": payload["updated_at"],
        "person_key": payload["email"].lower(),
        "origin": "webhook",
        "received_at": received_at.isoformat(),
        "raw_key": raw_key,
        "raw_sha256": sha256,
        "body": parsed,
    }
    kinesis.put_record(StreamName=STREAM, PartitionKey=record["person_key"], Data=json.dumps(record).encode())
    return answer(200, {"status": "accepted", "delivery_id": record["delivery_id"]})
