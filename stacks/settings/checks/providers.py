"""Checks of the settings about payment providers, carriers, and other issuers' secrets."""

from collections.abc import Iterator
from pathlib import Path

from stacks.settings import SANDBOX_PAYMENTS, SANDBOX_SHIPPING, Provider, Settings
from stacks.settings.checks.forms import COMPLETE_ARN, matches

_LAYERS = Path(__file__).resolve().parents[3] / "layers"


def provider_problems(settings: Settings, *, is_example: bool) -> Iterator[str]:
    """Yields one line for each provider that is missing or invalid."""
    for name in ("payments", "shipping"):
        provider: Provider = getattr(settings, name)
        is_placeholder = provider.module.startswith("example_") and not is_example
        if not _exists(provider.module) or is_placeholder:
            path = provider.module.replace(".", "/")
            yield f"- {name}: there is no module {provider.module} (layers/{path}.py)"
        if provider.secret_arn is not None and not matches(COMPLETE_ARN, provider.secret_arn):
            yield (
                f"- {name}: {provider.secret_arn!r} is not a secret: "
                "set its complete ARN with the random suffix"
            )
        elif provider.secret_arn is not None and not is_example:
            region = provider.secret_arn.split(":")[3]
            if settings.region and region != settings.region:
                yield f"- {name}: its secret is in {region}; the functions read it in {settings.region}"
    for name, other in (("payments", SANDBOX_SHIPPING), ("shipping", SANDBOX_PAYMENTS)):
        if getattr(settings, name).module == other.module:
            yield f"- {name}: {other.module} is of the other kind; swap payments and shipping"
    for issuer in settings.additional_issuers:
        if issuer.secret_arn is not None and not matches(COMPLETE_ARN, issuer.secret_arn):
            yield (
                f"- additional_issuers: {issuer.secret_arn!r} is not a secret: "
                "set its complete ARN with the random suffix"
            )


def _exists(module: str) -> bool:
    """Whether a module of `ordering` exists. A module of another package cannot be checked here.

    This looks for the file, because importing the module would need packages that only the functions have.
    """
    if module.partition(".")[0] != "ordering":
        return True
    path = _LAYERS.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
