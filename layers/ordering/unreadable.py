"""Reports records that cannot be read: in the log, and in the metric of an alarm (`UnreadableRecords`)."""

import os

from ordering.aws.logging import logger

METRIC = "UnreadableRecords"


def report(item: str, record: str, cause: str) -> None:
    """Report an item that does not match the schema of its record.

    `item` is the key of the item; `cause` must not quote any of its values.
    """
    logger.error("record unreadable", extra={"item": item, "record": record, "cause": cause})
    # Only in a function: an operator's tool would print the metric as a line of JSON among its own output.
    if "POWERTOOLS_METRICS_NAMESPACE" in os.environ:
        _count()


def _count() -> None:
    # Imported only when needed, which is rare: the import would make every cold start longer.
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    # A separate metric, so that the function's other metrics are not flushed with it.
    with single_metric(name=METRIC, unit=MetricUnit.Count, value=1) as metric:
        metric.add_dimension(name="service", value=os.environ["POWERTOOLS_SERVICE_NAME"])
