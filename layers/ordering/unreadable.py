"""A record that cannot be read is logged and counted, so that a person learns of it (`UnreadableRecords`)."""

import os

from ordering.aws.logging import logger

METRIC = "UnreadableRecords"


def report(item: str, record: str, cause: str) -> None:
    """Report an item, by its key, that is not of the shape of its record. The cause quotes nothing of it."""
    logger.error("record unreadable", extra={"item": item, "record": record, "cause": cause})
    # Functions measure. On an operator's screen it would be a line of JSON among the tool's own.
    if "POWERTOOLS_METRICS_NAMESPACE" in os.environ:
        _count()


def _count() -> None:
    # Imported when it is needed, which is hardly ever: it would make each cold start longer.
    from aws_lambda_powertools import single_metric
    from aws_lambda_powertools.metrics import MetricUnit

    # A metric of its own: what the function measures besides is not flushed by it.
    with single_metric(name=METRIC, unit=MetricUnit.Count, value=1) as metric:
        metric.add_dimension(name="service", value=os.environ["POWERTOOLS_SERVICE_NAME"])
