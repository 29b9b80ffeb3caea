"""Writes measurements as metrics: lines in the log, in the embedded metric format of CloudWatch."""

from collections import defaultdict
from collections.abc import Iterable

from aws_lambda_powertools.metrics import EphemeralMetrics

from ordering.aws.logging import logger
from ordering.domain.events.envelope import Event
from ordering.domain.measurements import Measurement, measurements


def write_measurements(events: Iterable[Event]) -> None:
    """Write the measurements of all `events`.

    Nothing is raised: an event that cannot be measured is logged and left out, because neither its publishing
    nor the measuring of the other events may depend on it.
    """
    # A line has one set of dimensions.
    by_dimensions: dict[tuple[tuple[str, str], ...], list[Measurement]] = defaultdict(list)
    for event in events:
        try:
            for each in measurements(event):
                dimensions = tuple(zip(each.figure.dimensions, each.values, strict=True))
                by_dimensions[dimensions].append(each)
        except Exception:
            logger.exception("not measured", extra={"event": event.id})
    for dimensions, measured in by_dimensions.items():
        try:
            _write(dimensions, measured)
        except Exception:
            logger.exception("measurements not written", extra={"dimensions": dimensions})


def _write(dimensions: tuple[tuple[str, str], ...], measured: Iterable[Measurement]) -> None:
    # Not `Metrics`, whose instances share what is to be written next.
    metrics = EphemeralMetrics()
    for name, value in dimensions:
        metrics.add_dimension(name, value)
    for each in measured:
        metrics.add_metric(each.figure.value, each.figure.unit, each.value)
    if metrics.metric_set:
        metrics.flush_metrics()
