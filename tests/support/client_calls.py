"""Intercepts the calls of botocore's clients. All clients make their calls by one method."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

Parameters = Mapping[str, Any]
Send = Callable[[Parameters], Any]
Interceptor = Callable[[BaseClient, str, Parameters, Send], Any]
"""Gets a client, an operation, its parameters, and a function that makes the call. Returns the response."""

_METHOD = "_make_api_call"


@contextmanager
def intercepted(interceptor: Interceptor) -> Iterator[None]:
    """Let `interceptor` make the calls of every client of this process, for the block.

    The interceptors of outer blocks are called by the function that it gets.
    """
    make_api_call = getattr(BaseClient, _METHOD)

    def intercept(client: BaseClient, operation: str, parameters: Parameters) -> Any:
        return interceptor(client, operation, parameters, partial(make_api_call, client, operation))

    with patch.object(BaseClient, _METHOD, intercept):
        yield
