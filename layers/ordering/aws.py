"""Clients of AWS: botocore's own, made once per process, with time-outs that fit inside the caller's."""

from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

# A step function has 15 s. One call to a healthy service takes milliseconds; three tries of one that
# is not, at these time-outs, still leave room to answer.
_QUICK = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    tcp_keepalive=True,
)


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def client(service: str, config: Config = _QUICK) -> Any:
    """A client of `service` in the function's own region.

    boto3 would add its resource models to every cold start; the clients are the same.
    """
    return _session().create_client(service, config=config)
