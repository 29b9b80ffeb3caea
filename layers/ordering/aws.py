"""Clients of AWS: botocore's own, made once per process, with time-outs that fit inside the caller's."""

import os
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

# On a laptop the engine shares its cores with every function: a call that is given up is done all the
# same, and to ask again is to do it twice. So a stage may say how many seconds its calls may take.
_READ_SECONDS = os.environ.get("CALL_READ_SECONDS")


def patience(*, connect: float, read: float, tries: int) -> Config:
    """How long a call may take: seconds to connect and to be answered, and how many tries."""
    return Config(
        connect_timeout=float(_READ_SECONDS) if _READ_SECONDS else connect,
        read_timeout=float(_READ_SECONDS) if _READ_SECONDS else read,
        retries={"mode": "standard", "total_max_attempts": tries},
        tcp_keepalive=True,
    )


# A step function has 15 s. One call to a healthy service takes milliseconds; three tries of one that
# is not, at these time-outs, still leave room to answer.
QUICK = patience(connect=1, read=3, tries=3)

# Of `drive_order`, which waits 131 s for an execution and has 150 s: see `resilience.budget`.
BRISK = patience(connect=0.5, read=1, tries=2)
ONCE = patience(connect=0.5, read=1, tries=1)


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def client(service: str, config: Config = QUICK) -> Any:
    """A client of `service` in the function's own region.

    boto3 would add its resource models to every cold start; the clients are the same.
    """
    return _session().create_client(service, config=config)
