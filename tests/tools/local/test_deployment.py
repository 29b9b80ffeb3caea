"""A deployment is repeated only if its sources or settings have changed."""

from local import deploy

ISSUER = "http://127.0.0.1:4567"


def test_the_same_sources_and_choices_are_the_same_deployment() -> None:
    assert deploy.key(ISSUER, lambda_authoriser=False) == deploy.key(ISSUER, lambda_authoriser=False)


def test_another_issuer_or_another_authoriser_is_another_deployment() -> None:
    keys = {
        deploy.key(issuer, lambda_authoriser=lambda_authoriser)
        for issuer in (ISSUER, "http://127.0.0.1:4568")
        for lambda_authoriser in (False, True)
    }
    assert len(keys) == 4
