"""Synthesises the app in memory. `tests.synth` caches the result, and imports this only where it must."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from graphlib import TopologicalSorter
from pathlib import Path

from aws_cdk import App

from stacks import nag
from stacks.layers import Layer, Layers
from stacks.settings import (
    Canary,
    CustomerKey,
    Edge,
    MailSettings,
    Reporting,
    Settings,
    TrustedIssuer,
    Warehouse,
    settings_for,
)
from stacks.settings.protection import with_examples
from stacks.stage import OrdersStage
from tests.support.environment import ACCOUNT, REGION, REPORT_RECEIVERS, SENDER
from tests.synth import LOCAL_ISSUER, PROJECT, Json, Synthesised


def settings_of(stage: str) -> Settings:
    """The settings of `stage`, with examples where its owner has not said yet what it needs."""
    return with_examples(settings_for(stage, LOCAL_ISSUER if stage == "local" else None))


def settings_with_every_function() -> Settings:
    """The settings of stage dev, with every setting that adds a function, and the customer's own key."""
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:partner-AbCdEf"
    partner = TrustedIssuer(
        url="https://partner.example.com", audience=("orders",), algorithms=("HS256",), secret_arn=secret
    )
    return replace(
        settings_of("dev"),
        mail=MailSettings(SENDER, SENDER.rpartition("@")[2].rstrip(">")),
        lambda_authoriser=True,
        additional_issuers=(partner,),
        canary=Canary(),
        region=REGION,
        reporting=Reporting(receivers=REPORT_RECEIVERS),
        edge=Edge(
            aliases=("api.shop.example",),
            certificate_arn=f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/5e0c7a1b-0000-0000",
        ),
        warehouse=Warehouse(principals=(f"arn:aws:iam::{ACCOUNT}:role/warehouse",)),
        encryption=CustomerKey(),
    )


def synthesise(settings: Settings, *, checks: bool = True, layers_digest: str | None = None) -> Synthesised:
    """The app with these settings, on layers that are the sources themselves: nothing is installed or built.

    Without `checks`, cdk-nag does not judge it, which takes half of the time. With a `layers_digest`, the
    layers are those of other contents. CDK's own validation of the templates is left to `cdk synth`; it takes
    longer than all the rest.
    """
    context = json.loads((PROJECT / "cdk.json").read_text())["context"]
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as copied:
        # Without this the app would fail on a finding here, and the tests could not say which.
        report_only = {"@aws-cdk/core:failSynthOnValidationErrors": False}
        app = App(
            outdir=directory,
            context=context,
            post_cli_context=report_only,
            builtin_cloud_formation_validation=False,
            analytics_reporting=False,
        )
        # Without the byte code that running the tests leaves there: it would change the assets meanwhile.
        sources = shutil.copytree(
            PROJECT / "layers", Path(copied, "layers"), ignore=shutil.ignore_patterns("__pycache__")
        )
        layers = Layers(
            dependencies=Layer(sources / "dependencies", layers_digest),
            ordering=Layer(sources / "ordering", layers_digest),
            authoriser=Layer(sources / "authoriser", layers_digest),
            imaging=Layer(sources / "imaging", layers_digest),
            viewer=Layer(PROJECT / "docs" / "problems"),
        )
        OrdersStage(
            app, settings, layers=layers, built_web=_built_web(Path(copied)) if settings.web else None
        )
        if checks:
            nag.add_checks(app)
        findings = nag.findings(app.synth())
        nested = Path(directory, f"assembly-orders-{settings.stage}")
        stacks = {
            artifact["properties"]["stackName"].rpartition("-")[2]: artifact["properties"]
            for artifact in json.loads((nested / "manifest.json").read_text())["artifacts"].values()
            if artifact["type"] == "aws:cloudformation:stack"
        }
        return Synthesised(
            of=lambda: settings,
            templates={
                name: json.loads((nested / stack["templateFile"]).read_text())
                for name, stack in stacks.items()
            },
            stacks=stacks,
            assets=dict(_assets(nested)),
            findings=findings,
            environments={
                artifact["environment"]
                for artifact in json.loads((nested / "manifest.json").read_text())["artifacts"].values()
                if artifact["type"] == "aws:cloudformation:stack"
            },
            order=_order(json.loads((nested / "manifest.json").read_text())["artifacts"]),
        )


def _built_web(directory: Path) -> Path:
    """Files named as those of the built web application are, which takes npm and ten seconds."""
    built = directory / "web"
    (built / "assets").mkdir(parents=True)
    for name in ("index.html", "favicon.svg", "assets/index-0a1b2c3d.js", "assets/index-0a1b2c3d.css"):
        (built / name).write_text(f"{name}\n")
    return built


def _order(artifacts: Json) -> list[str]:
    """The stacks of a manifest by what they depend on, and by name where they do not."""
    stacks = {
        id: artifact for id, artifact in artifacts.items() if artifact["type"] == "aws:cloudformation:stack"
    }
    needs = {id: [each for each in a.get("dependencies", ()) if each in stacks] for id, a in stacks.items()}
    return [
        stacks[id]["properties"]["stackName"].rpartition("-")[2]
        for id in TopologicalSorter({id: sorted(needs[id]) for id in sorted(needs)}).static_order()
    ]


def _assets(assembly: Path) -> Iterator[tuple[str, list[str]]]:
    for manifest in assembly.glob("*.assets.json"):
        for hash, asset in json.loads(manifest.read_text())["files"].items():
            directory = assembly / asset["source"]["path"]
            yield hash, sorted(str(p.relative_to(directory)) for p in directory.rglob("*") if p.is_file())
