"""The tests of the domain load neither CDK nor an AWS package: to load one takes longer than to run them."""

import subprocess
import sys

import pytest

from tests.support.synthesis_cache import PROJECT

CDK = {"aws_cdk", "constructs", "jsii"}
AWS = {"aws_lambda_powertools", "boto3", "botocore", "moto"}
DOMAIN = ("money", "stock", "notifications", "order_details", "identity")


def _loaded(*arguments: str) -> set[str]:
    """Returns the packages that pytest has loaded after collecting these tests, in a process of its own."""
    program = (
        "import sys, pytest\n"
        f"code = pytest.main(['--collect-only', '-qq', '-p', 'no:cacheprovider', *{arguments!r}])\n"
        "print('loaded', int(code), *sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    word, code, *packages = ran.stdout.splitlines()[-1].split()
    assert (word, code) == ("loaded", "0"), ran.stdout + ran.stderr
    return set(packages)


@pytest.mark.slow
def test_unit_tests_load_no_cdk() -> None:
    assert _loaded("tests/unit") & CDK == set()


@pytest.mark.slow
def test_tests_of_the_domain_load_no_aws_package() -> None:
    loaded = _loaded(*(f"tests/unit/test_{name}.py" for name in DOMAIN))
    assert loaded & (CDK | AWS) == set()
    assert "ordering" in loaded
