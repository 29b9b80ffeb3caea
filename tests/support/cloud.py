"""AWS in memory with the saga's state machine, set up once for many tests.

The set-up takes longer than most tests, so many tests share it. Each test begins with
empty tables, or with those of a snapshot (`tests.support.snapshots`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import moto
from moto.core.model_instances import reset_model_data
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.stepfunctions.parser import utils as threads
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from tests.support.environment import ACCOUNT, EXPORTS_BUCKET, REGION
from tests.support.machine import Saga, running
from tests.support.snapshots import beginning_with
from tests.support.tables import create_tables
from tests.support.world import World
from tests.synth import synthesised_state_machine

_PARTITION = "aws"
"""The partition of AWS, in which the name of a bucket is unique."""


class Cloud:
    """One world and its saga."""

    def __init__(self, saga: Saga) -> None:
        self.world = World()
        self.saga = saga

    def begin(self) -> None:
        """Empty the tables and the bucket of exports, and reset everything else."""
        dynamodb_backends[ACCOUNT][REGION].tables.clear()
        files = s3_backends[ACCOUNT][_PARTITION]
        files.reset()
        files.create_bucket(EXPORTS_BUCKET, REGION)
        beginning_with("empty tables", create_tables)
        self.saga.forget()
        # moto keeps every execution, every thread that it has started, and every table that it has copied.
        for machine in stepfunctions_parser_backends[ACCOUNT][REGION].state_machines:
            machine.executions.clear()
        threads.TMP_THREADS.clear()
        reset_model_data()

    @property
    def exports(self) -> dict[str, bytes]:
        """Returns the files in the bucket of exports, by their keys."""
        bucket = s3_backends[ACCOUNT][_PARTITION].buckets[EXPORTS_BUCKET]
        return {key.name: key.value for key in bucket.keys.values()}


@contextmanager
def cloud() -> Iterator[Cloud]:
    """Yields a cloud with empty tables and the synthesised state machine."""
    # Typed as Any, because moto's type of its settings lacks Step Functions.
    settings: Any = {"stepfunctions": {"execute_state_machine": True}}
    with moto.mock_aws(config=settings), running(synthesised_state_machine()) as saga:
        ours = Cloud(saga)
        ours.begin()
        yield ours
