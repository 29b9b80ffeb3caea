"""The picture of the architecture shows what is deployed."""

import re
from itertools import pairwise

import pytest

from tests.infra.switches import turned
from tests.synth import Synthesised, synthesised
from tools.pictures.architecture_graph import Graph, graph
from tools.pictures.architecture_picture import PICTURE, digest


@pytest.fixture(scope="module")
def deployed() -> Synthesised:
    """Stage prod, with mail."""
    return turned("prod", "mail")


@pytest.fixture(scope="module")
def drawn(deployed: Synthesised) -> Graph:
    """What the picture shows of it."""
    return graph(deployed.templates)


def test_the_picture_is_drawn_from_the_templates_that_are_deployed(drawn: Graph) -> None:
    assert digest(drawn) in PICTURE.read_text(), "make picture"


def test_the_path_of_an_order_is_in_the_picture(drawn: Graph) -> None:
    edges = {(edge.source, edge.target) for edge in drawn.edges if not edge.failure}
    path = [
        *("api/Api", "routes", "data/Table", "events/Publish changes", "events/Bus", "saga/Order to drive"),
        *("saga/Orders", "saga/Drive order", "saga/Machine", "steps", "data/Table"),
    ]
    assert [step for step in pairwise(path) if step not in edges] == []


def test_every_queue_rule_and_schedule_is_in_the_picture(deployed: Synthesised, drawn: Graph) -> None:
    shown = [node.detail for node in drawn.nodes]
    folded = sum(int(detail.split()[0]) for detail in shown if detail.endswith(" SQS queues"))
    assert shown.count("SQS queue") + folded == len(deployed.resources("AWS::SQS::Queue"))
    assert shown.count("rule") == len(deployed.resources("AWS::Events::Rule"))
    assert "every minute" in shown


def test_every_function_is_in_the_picture_alone_or_in_a_group(deployed: Synthesised, drawn: Graph) -> None:
    functions = [node for node in drawn.nodes if node.kind == "function"]
    grouped = sum(int(node.name.split()[0]) for node in functions if node.name.endswith(" functions"))
    alone = [node.name for node in functions if not node.name.endswith(" functions")]
    assert grouped + len(alone) == len(deployed.functions())
    assert {"publish_changes", "drive_order", "reconcile_orders", "notify_customer"} <= set(alone)


def test_functions_of_routes_are_drawn_in_the_stack_that_they_are_in(drawn: Graph) -> None:
    stacks = {node.id: node.stack for node in drawn.nodes}
    assert (stacks["routes"], stacks["admin/Admin list queues"]) == ("api", "admin")
    assert ("api/Api", "admin/Admin list queues") in {(edge.source, edge.target) for edge in drawn.edges}


def test_what_is_given_up_is_drawn_apart(drawn: Graph) -> None:
    given_up = {edge.target for edge in drawn.edges if edge.failure}
    assert {"saga/dead letters", "events/Parked changes", "data/Undelivered changes"} <= given_up
    assert "saga/Orders" not in given_up


def test_dead_letter_queues_of_a_stack_are_one_box_with_an_arrow_from_each_source(drawn: Graph) -> None:
    sources = {edge.source for edge in drawn.edges if edge.target == "saga/dead letters"}
    assert sources == {"saga/Sweep", "saga/Reconcile orders", "saga/Order to drive", "saga/Orders"}


def test_function_of_a_route_reaches_a_queue_of_another_stack() -> None:
    """The reference is weak: it names an output of the other stack."""
    edges = graph(synthesised("dev").templates).edges
    assert ("routes", "webhooks/Webhook deliveries") in {(edge.source, edge.target) for edge in edges}


def test_picture_loads_nothing_and_fits_a_readme() -> None:
    picture = PICTURE.read_text()
    assert not re.search(r"url\(|<script|<image|xlink:href", picture)
    found = re.search(r'<svg width="(\d+)pt"', picture)
    assert found
    # GitHub shows it about 830 pixels wide; a text of 14 is legible at five eighths of its size.
    assert int(found[1]) <= 1300
