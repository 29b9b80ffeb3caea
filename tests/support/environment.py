"""The environment variables of deployed functions, for handlers that the tests import.

They are set before any handler is imported: handlers create their clients during the import, as in the init
phase of a function.
"""

import json
import os

from console.shell_environment import bypass_proxies, forget_aws

REGION = "eu-west-1"
ACCOUNT = "123456789012"
TABLE = "orders"
SANDBOX_TABLE = "sandbox"
BUS = "orders"
MACHINE_ARN = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:orders"
QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders"
NOTIFICATIONS_QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/notifications"
WAREHOUSE_QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/warehouse"
PICK_LISTS_QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/pick-lists"
SENDER = "The mug shop <orders@shop.example>"
IMAGES_BUCKET = "images"
UPLOADS_QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/uploads"
UNDELIVERED_BUCKET = "undelivered-changes"
CANARY_SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:canary-AbCdEf"
WEBHOOKS_QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/webhooks"
WEBHOOK_DELIVERIES_QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/webhook-deliveries"
SALES_QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/sales"
TIME_ZONE = "Europe/Berlin"
ANNOUNCEMENTS_QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/announcements"
WEBSOCKET_URL = f"https://websocket.execute-api.{REGION}.amazonaws.com/live"
REPORTS_BUCKET = "reports"
EXPORTS_BUCKET = "exports"
CUSTOMER_JOBS_QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/customer-jobs"
REPORT_RECEIVERS = ("owner@shop.example", "desk@shop.example")
WEBHOOK_KEY_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:webhooks-AbCdEf"
WEBHOOK_KEY = "k" * 64
WEBHOOK_KEY_ID = "5d3f7d0e-0000-4000-8000-000000000001"
_WITH_QUEUES = ("encryption", "events", "privacy", "saga", "media", "reporting", "webhooks", "realtime")
OUTPUT_PARAMETERS = " ".join(f"/orders/dev/outputs/{stack}" for stack in _WITH_QUEUES)
METRIC_PARAMETERS = "/orders/dev/metrics"
PARKED_QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/parked"


def set_environment() -> None:
    """Set the environment of a function of stage `test`, and remove the caller's accounts and proxies."""
    forget_aws()
    bypass_proxies()
    os.environ.update(
        AWS_DEFAULT_REGION=REGION,
        AWS_ACCESS_KEY_ID="testing",
        AWS_SECRET_ACCESS_KEY="testing",
        TABLE_NAME=TABLE,
        SANDBOX_TABLE_NAME=SANDBOX_TABLE,
        PAYMENTS_PROVIDER="ordering.providers.sandbox_payments",
        SHIPPING_PROVIDER="ordering.providers.sandbox_shipping",
        EVENT_BUS_NAME=BUS,
        STATE_MACHINE_ARN=MACHINE_ARN,
        ORDER_QUEUE_URL=QUEUE_URL,
        NOTIFICATIONS_QUEUE_URL=NOTIFICATIONS_QUEUE_URL,
        WAREHOUSE_QUEUE_URL=WAREHOUSE_QUEUE_URL,
        PICK_LISTS_QUEUE_URL=PICK_LISTS_QUEUE_URL,
        SALES_QUEUE_URL=SALES_QUEUE_URL,
        SHOP_TIME_ZONE=TIME_ZONE,
        SALES_SHARDS="8",
        REPORTS_BUCKET_NAME=REPORTS_BUCKET,
        EXPORTS_BUCKET_NAME=EXPORTS_BUCKET,
        CUSTOMER_JOBS_QUEUE_URL=CUSTOMER_JOBS_QUEUE_URL,
        EXPORT_MAIL_CONFIGURATION_SET="orders-export-mail",
        REPORT_MAIL_CONFIGURATION_SET="orders-report-mail",
        REPORT_RECEIVERS=json.dumps(REPORT_RECEIVERS),
        WEBHOOKS_QUEUE_URL=WEBHOOKS_QUEUE_URL,
        WEBHOOK_DELIVERIES_QUEUE_URL=WEBHOOK_DELIVERIES_QUEUE_URL,
        WEBHOOK_KEY_ARN=WEBHOOK_KEY_ARN,
        ANNOUNCEMENTS_QUEUE_URL=ANNOUNCEMENTS_QUEUE_URL,
        AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI=WEBSOCKET_URL,
        MAIL_SENDER=SENDER,
        MAIL_CONFIGURATION_SET="orders-mail",
        IMAGES_BUCKET_NAME=IMAGES_BUCKET,
        UPLOADS_QUEUE_URL=UPLOADS_QUEUE_URL,
        MAIL_LANGUAGE="en",
        MAIL_SHOP_NAME="The mug shop",
        PARKED_CHANGES_QUEUE_URL=PARKED_QUEUE_URL,
        UNDELIVERED_CHANGES_BUCKET_NAME=UNDELIVERED_BUCKET,
        PARKED_OBJECTS_PREFIX="parked/",
        OPEN_TOO_LONG_SECONDS="900",
        ORDER_VISIBILITY_SECONDS="900",
        ORDERS_AT_ONCE="50",
        CANARY_SCOPE="orders:canary",
        API_URL="https://api.example.com",
        TOKEN_URL="https://issuer.example.com/oauth2/token",
        CLIENT_ID="canary",
        CLIENT_SECRET_ARN=CANARY_SECRET_ARN,
        TOKEN_PARAMETERS='{"scope": "orders:read orders:write orders:canary"}',
        OUTPUT_PARAMETERS=OUTPUT_PARAMETERS,
        METRIC_PARAMETERS=METRIC_PARAMETERS,
        STAGE="test",
        POWERTOOLS_SERVICE_NAME="orders",
        POWERTOOLS_METRICS_NAMESPACE="Orders",
        POWERTOOLS_LOG_LEVEL="INFO",
    )
