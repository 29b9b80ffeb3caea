"""What is measured: the initialisation of every function, and requests to an initialised one."""

import json
import os
import platform
import tempfile
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path

from tools.bench import packages
from tools.bench.dynamodb_stand_in import serving
from tools.bench.figures import Figures
from tools.bench.requests import Sample, samples
from tools.bench.valgrind import instructions

_LAMBDAS = Path(__file__).resolve().parent.parent.parent / "lambdas"
_ACCOUNT = "eu-west-1:123456789012"
_QUEUES = "https://sqs.eu-west-1.amazonaws.com/123456789012"

# Enough requests that the first one has little weight, and few enough for a short run.
_REQUESTS = (2, 12)

ENVIRONMENT: Mapping[str, str] = {
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "measured",
    "AWS_SECRET_ACCESS_KEY": "measured",
    "TABLE_NAME": "orders",
    "SANDBOX_TABLE_NAME": "sandbox",
    "PAYMENTS_PROVIDER": "ordering.providers.sandbox_payments",
    "SHIPPING_PROVIDER": "ordering.providers.sandbox_shipping",
    "EVENT_BUS_NAME": "orders",
    "STATE_MACHINE_ARN": f"arn:aws:states:{_ACCOUNT}:stateMachine:orders",
    "CURSOR_SECRET_ARN": f"arn:aws:secretsmanager:{_ACCOUNT}:secret:cursors-AbCdEf",
    "ORDER_QUEUE_URL": f"{_QUEUES}/orders",
    "NOTIFICATIONS_QUEUE_URL": f"{_QUEUES}/notifications",
    "WAREHOUSE_QUEUE_URL": f"{_QUEUES}/warehouse",
    "PICK_LISTS_QUEUE_URL": f"{_QUEUES}/pick-lists",
    "SALES_QUEUE_URL": f"{_QUEUES}/sales",
    "SALES_SHARDS": "8",
    "SHOP_TIME_ZONE": "Europe/Berlin",
    "ANNOUNCEMENTS_QUEUE_URL": f"{_QUEUES}/announcements",
    "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": "https://websocket.example/live",
    "REPORTS_BUCKET_NAME": "reports",
    "EXPORTS_BUCKET_NAME": "exports",
    "EXPORT_MAIL_CONFIGURATION_SET": "orders-export-mail",
    "CUSTOMER_JOBS_QUEUE_URL": f"{_QUEUES}/customer-jobs",
    "REPORT_MAIL_CONFIGURATION_SET": "orders-report-mail",
    "REPORT_RECEIVERS": '["owner@shop.example"]',
    "WEBHOOKS_QUEUE_URL": f"{_QUEUES}/webhooks",
    "WEBHOOK_DELIVERIES_QUEUE_URL": f"{_QUEUES}/webhook-deliveries",
    "WEBHOOK_KEY_ARN": f"arn:aws:secretsmanager:{_ACCOUNT}:secret:webhooks-AbCdEf",
    "PARKED_CHANGES_QUEUE_URL": f"{_QUEUES}/parked",
    "UNDELIVERED_CHANGES_BUCKET_NAME": "undelivered-changes",
    "PARKED_OBJECTS_PREFIX": "parked/",
    "IMAGES_BUCKET_NAME": "images",
    "UPLOADS_QUEUE_URL": f"{_QUEUES}/uploads",
    "MAIL_SENDER": "orders@shop.example",
    "MAIL_CONFIGURATION_SET": "orders-mail",
    "MAIL_LANGUAGE": "en",
    "MAIL_SHOP_NAME": "The mug shop",
    "CANARY_SCOPE": "orders:canary",
    "API_URL": "https://api.example",
    "TOKEN_URL": "https://issuer.example/token",
    "CLIENT_ID": "canary",
    "CLIENT_SECRET_ARN": f"arn:aws:secretsmanager:{_ACCOUNT}:secret:canary-AbCdEf",
    "TOKEN_PARAMETERS": "{}",
    "ISSUERS": json.dumps(
        [
            {
                "issuer": "https://issuer.example",
                "audience": ["orders"],
                "algorithms": ["RS256"],
                "keys": "jwks",
            }
        ]
    ),
    "OPEN_TOO_LONG_SECONDS": "900",
    "ORDER_VISIBILITY_SECONDS": "900",
    "ORDERS_AT_ONCE": "50",
    "STAGE": "measured",
    "POWERTOOLS_SERVICE_NAME": "orders",
    "POWERTOOLS_METRICS_NAMESPACE": "Orders",
    "POWERTOOLS_LOG_LEVEL": "INFO",
}
"""The environment variables of every function."""


def handlers() -> dict[str, Path]:
    """Returns handler → the folder of its file, of every function."""
    return {path.stem: path.parent for path in sorted(_LAMBDAS.glob("*/[a-z]*.py"))}


def measure(pool: Executor) -> Figures:
    """Returns the figures of this machine, without the instructions of the floor."""
    python, built, stock = packages.python(), packages.built(), packages.stock_folder()
    layers = packages.layer_folders(built)
    compiled = {name: packages.code_folder(built, folder, name) for name, folder in handlers().items()}

    def count(statement: str, path: list[Path]) -> int:
        return instructions(python, [statement], path, ENVIRONMENT)

    floor = pool.submit(count, "pass", [])
    boto3 = pool.submit(count, "import boto3; boto3.client('dynamodb')", [stock])
    starts = {
        name: pool.submit(count, f"import {name}", [*layers, folder]) for name, folder in compiled.items()
    }
    requests = {
        sample.handler: pool.submit(_per_request, python, sample, [*layers, compiled[sample.handler]])
        for sample in samples()
    }
    return Figures(
        machine=platform.machine(),
        floor=floor.result(),
        stock=boto3.result() - floor.result(),
        starts={name: start.result() - floor.result() for name, start in starts.items()},
        requests={name: request.result() for name, request in requests.items()},
    )


def _per_request(python: str, sample: Sample, path: list[Path]) -> int:
    """Returns the instructions of one more request to an initialised function."""
    few, many = _REQUESTS
    with serving(sample.responses) as stand_in, tempfile.TemporaryDirectory() as folder:
        event = Path(folder) / "event.json"
        event.write_text(json.dumps(sample.event), encoding="utf-8")
        environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": stand_in.url, "NO_PROXY": "127.0.0.1"}
        counts = [
            instructions(python, ["pass", sample.handler, os.fspath(event), str(number)], path, environment)
            for number in (few, many)
        ]
    return (counts[1] - counts[0]) // (many - few)
