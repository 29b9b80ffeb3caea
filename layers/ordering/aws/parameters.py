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


def read_parameters_below(path: str) -> Mapping[str, str]:
    """Returns the values of the parameters below a path, by the rest of their names; none if none exist."""
    ssm = client("ssm")
    values: dict[str, str] = {}
    position: dict[str, str] = {}
    while True:
        response = ssm.get_parameters_by_path(Path=path, **position)
        for parameter in response["Parameters"]:
            values[parameter["Name"].removeprefix(f"{path}/")] = parameter["Value"]
        if "NextToken" not in response:
            return values
        position = {"NextToken": response["NextToken"]}
