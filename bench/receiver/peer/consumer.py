"""In: a batch of the stream. Out: one JSON object per record in the bronze bucket, by channel and day (S0-12, S0-13)."""

import base64
import json
import os

import boto3

s3 = boto3.client("s3")
BUCKET = os.environ["BRONZE_BUCKET"]


def flatten(record: dict) -> dict:
    payload = record["body"]["payload"]
    scheduled = payload.get("scheduled_event") or {}
    tracking = payload.get("tracking") or {}
    return {
        "invitee_uri": payload["uri"],
        "invitee_email": payload.get("email"),
        "invitee_name": payload.get("name"),
        "invitee_status": payload.get("status"),
        "invitee_timezone": payload.get("timezone"),
        "invitee_created_at": payload.get("created_at"),
        "invitee_updated_at": payload.get("updated_at"),
        "event_uri": scheduled.get("uri"),
        "event_name": scheduled.get("name"),
        "event_start_time": scheduled.get("start_time"),
        "event_end_time": scheduled.get("end_time"),
        "raw_sha256": record["raw_sha256"],
        **{name: tracking.get(name) for name in ("utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term")},
    }


def handler(event: dict, _context: object) -> dict:
    failures = []
    for entry in event["Records"]:
        kinesis = entry["kinesis"]
        try:
            record = json.loads(base64.b64decode(kinesis["data"]))
            row = flatten(record)
            channel = row["utm_source"] or "direct"
            day = record["received_at"][:10]
            key = f"bronze/calendly_events/channel={channel}/date={day}/event-{record['delivery_id']}.json"
            s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(row).encode(), ContentType="application/json")
        except Exception as error:
            print(json.dumps({"error": str(error), "sequence": kinesis["sequenceNumber"]}))
            failures.append({"itemIdentifier": kinesis["sequenceNumber"]})
    return {"batchItemFailures": failures}
