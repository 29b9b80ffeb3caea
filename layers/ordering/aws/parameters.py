"""Reads parameters of AWS Systems Manager."""

from collections.abc import Mapping, Sequence

from ordering.aws.clients import client

# GetParameters takes ten names at most (AWS Systems Manager API Reference).
_AT_ONCE = 10


def read_parameters(names: Sequence[str]) -> Mapping[str, str]:
    """Returns the values of parameters, by their names. A parameter that does not exist is left out."""
    ssm = client("ssm")
    values: dict[str, str] = {}
    for start in range(0, len(names), _AT_ONCE):
        response = ssm.get_parameters(Names=names[start : start + _AT_ONCE])
        values |= {parameter["Name"]: parameter["Value"] for parameter in response["Parameters"]}
    return values
