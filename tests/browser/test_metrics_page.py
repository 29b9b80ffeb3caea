"""The console's page of metrics: charts, and what it shows where there are none."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from ordering.domain.clock import as_text
from ordering.domain.metric_graphs import MetricPeriod
from tests.browser.web_application import open_as_operator, served_application
from tests.support.browser import LAPTOP, PHONE
from tests.synth import PROJECT

METRICS = re.compile(r"/api/admin/metrics\?period=(\w+)$")
_AXE = (PROJECT / "node_modules" / "axe-core" / "axe.min.js").read_text()
_SERIOUS = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .filter((each) => ["serious", "critical"].includes(each.impact))
  .flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.target}`))"""
# In milliseconds, for a busy machine.
_PATIENCE = 30_000


def line(label: str, values: dict[int, float]) -> dict[str, Any]:
    """A line with values at some of its steps."""
    return {"label": label, "steps": list(values), "values": list(values.values())}


def graph(name: str, *lines: dict[str, Any], dashboard: str = "business", **more: Any) -> dict[str, Any]:
    """A graph of counts, unless `more` says something else."""
    kind = {"unit": "count", "stacked": False, "summed": True, "complete": True, "title": f"Title of {name}"}
    return {"name": name, "dashboard": dashboard, "lines": lines, **kind, **more}


GRAPHS = [
    graph("ordersPlaced", line("placed", {0: 30, 5: 12})),
    graph(
        "ordersEnded",
        line("FULFILLED", {0: 25, 5: 10}),
        line("REJECTED: OUT_OF_STOCK", {5: 2}),
        line("CANCELLED: OTHER", {}),
        stacked=True,
    ),
    graph("timeToEnd", line("p50", {0: 0.4, 1: 1.5}), line("p99", {1: 90}), unit="seconds", summed=False),
    graph("moneyCaptured", line("EUR", {0: 125000}), line("JPY", {0: 900}), unit="money", stacked=True),
    graph("mails", line("sent", {}), complete=False),
    graph("queueAge", *(line(f"Queue{n}", {0: n}) for n in range(9)), dashboard="machinery", summed=False),
    graph("deadLetters", line("Orders", {0: 0}), line("Mails", {0: 0}), dashboard="machinery", summed=False),
    graph("aNewGraph", dashboard="machinery"),
]
EMPTY = [
    each | {"lines": [found | {"steps": [], "values": []} for found in each["lines"]]} for each in GRAPHS
]


def answer(route: Route, graphs: list[dict[str, Any]]) -> None:
    """Answer a request as the API does, for the period that it names."""
    found = METRICS.search(route.request.url)
    assert found
    period = MetricPeriod(found[1])
    end = period.end(datetime.now(UTC))
    route.fulfill(
        json={
            "start": as_text(end - period.span),
            "end": as_text(end),
            "stepSeconds": period.step / timedelta(seconds=1),
            "graphs": graphs,
        }
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the application."""
    with served_application(tmp_path_factory.mktemp("workspace")) as address:
        yield address


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of a new profile; the parameter has options of the profile."""
    options = {"size": LAPTOP, "locale": "en-GB", **getattr(request, "param", {})}
    width, height = options.pop("size")
    with browser.new_context(viewport={"width": width, "height": height}, **options) as context:
        page = context.new_page()
        page.set_default_timeout(_PATIENCE)
        expect.set_options(timeout=_PATIENCE)
        yield page


def opened(page: Page, address: str, graphs: list[dict[str, Any]] | None = None) -> Page:
    """Open the page of metrics with these graphs."""
    page.route(METRICS, lambda route: answer(route, GRAPHS if graphs is None else graphs))
    open_as_operator(page, address, "/console/metrics")
    return page


def panel(page: Page, title: str) -> Locator:
    """Returns the part of the page with a graph."""
    return page.get_by_role("region", name=title, exact=True)


def test_graphs_of_both_dashboards_are_drawn_with_their_figures(page: Page, address: str) -> None:
    opened(page, address)
    expect(page.get_by_role("heading", name="Business")).to_be_visible()
    expect(page.get_by_role("heading", name="Machinery")).to_be_visible()
    placed = panel(page, "Orders placed")
    expect(placed.locator(".metric-headline")).to_have_text("42 in total")
    expect(placed.locator("svg rect")).to_have_count(2)
    ended = panel(page, "Orders ended, by outcome")
    expect(ended.get_by_role("listitem")).to_have_text(["fulfilled35", "rejected: out of stock2"])
    times = panel(page, "Time to the end")
    expect(times.get_by_role("listitem")).to_have_text(["p501.5s", "p991.5m"])
    # A title that the application does not know is that of the dashboard.
    expect(page.get_by_role("heading", name="Title of aNewGraph")).to_be_visible()


def test_each_currency_has_a_chart_of_its_own(page: Page, address: str) -> None:
    opened(page, address)
    expect(panel(page, "Money captured, EUR").locator(".sales-value")).to_have_text("€1,250.00")
    expect(panel(page, "Money captured, JPY").locator(".sales-value")).to_have_text("JP¥900")


def test_only_the_largest_of_many_lines_are_drawn_and_zeros_are_said(page: Page, address: str) -> None:
    opened(page, address)
    ages = panel(page, "Age of the oldest message")
    expect(ages.locator("svg path")).to_have_count(6)
    expect(ages.get_by_text("Not drawn: 2 more")).to_be_visible()
    expect(panel(page, "Dead letters").get_by_text("All are zero.")).to_be_visible()


def test_graph_without_data_is_not_taken_for_one_that_could_not_be_read(page: Page, address: str) -> None:
    opened(page, address)
    expect(panel(page, "Mails").get_by_text("These figures could not be read.")).to_be_visible()
    expect(panel(page, "Title of aNewGraph").get_by_text("No data")).to_be_visible()


def test_values_of_a_step_are_shown_under_the_pointer_and_all_of_them_as_a_table(
    page: Page, address: str
) -> None:
    opened(page, address)
    ended = panel(page, "Orders ended, by outcome")
    chart = ended.get_by_role("img")
    box = chart.bounding_box()
    assert box
    chart.hover(position={"x": 46 + (box["width"] - 52) * 5.5 / 72, "y": 60})
    expect(ended.get_by_role("listitem")).to_have_text(["fulfilled10", "rejected: out of stock2"])
    page.mouse.move(0, 0)
    expect(ended.get_by_role("listitem").first).to_have_text("fulfilled35")
    # By keyboard.
    ended.get_by_text("As a table").focus()
    page.keyboard.press("Enter")
    expect(ended.get_by_role("row")).to_have_count(73)
    expect(ended.get_by_role("row").last).to_contain_text("25")


def test_another_period_is_read_when_it_is_chosen(page: Page, address: str) -> None:
    opened(page, address)
    with page.expect_request(lambda request: "period=7d" in request.url):
        page.get_by_label("Period").select_option("7d")
    expect(page.get_by_text("Each value stands for 180 minutes.")).to_be_visible()


def test_stage_without_figures_says_so(page: Page, address: str) -> None:
    opened(page, address, EMPTY)
    expect(page.get_by_role("heading", name="No data in this period")).to_be_visible()
    expect(page.get_by_text("The local engine records no metrics.")).to_be_visible()


def test_stage_without_the_route_has_no_dashboards(page: Page, address: str) -> None:
    page.route(METRICS, lambda route: route.fulfill(status=404, json={"message": "Not Found"}))
    open_as_operator(page, address, "/console/metrics")
    expect(page.get_by_role("heading", name="This stage has no dashboards")).to_be_visible()


def test_failed_read_can_be_retried(page: Page, address: str) -> None:
    page.route(METRICS, lambda route: route.fulfill(status=400, json={}))
    open_as_operator(page, address, "/console/metrics")
    expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    page.unroute(METRICS)
    page.route(METRICS, lambda route: answer(route, GRAPHS))
    page.get_by_role("button", name="Try again").click()
    expect(panel(page, "Orders placed")).to_be_visible()


def test_values_stay_when_a_later_read_fails(page: Page, address: str) -> None:
    opened(page, address)
    expect(panel(page, "Orders placed")).to_be_visible()
    page.unroute(METRICS)
    page.route(METRICS, lambda route: route.fulfill(status=400, json={}))
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_text("The latest figures could not be read.")).to_be_visible()
    expect(panel(page, "Orders placed")).to_be_visible()
    page.unroute(METRICS)
    page.route(METRICS, lambda route: answer(route, GRAPHS))
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_text("The latest figures could not be read.")).to_have_count(0)


def test_new_values_are_read_when_there_are_some_and_not_while_offline(page: Page, address: str) -> None:
    """CloudWatch bills each read: an open page reads once for each step."""
    reads: list[str] = []
    page.clock.install()
    page.on("request", lambda request: reads.append(request.url) if METRICS.search(request.url) else None)
    opened(page, address)
    expect(panel(page, "Orders placed")).to_be_visible()
    # A second read within the first step would be counted below.
    page.clock.fast_forward(59_000)
    with page.expect_request(METRICS):
        page.clock.fast_forward(11 * 60_000)
    expect(page.get_by_role("button", name="Refresh")).to_be_enabled()
    assert len(reads) == 2
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline")).to_be_visible()
    page.clock.fast_forward(30 * 60_000)
    expect(panel(page, "Orders placed")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("You are offline")).to_have_count(0)
    with page.expect_request(METRICS):
        page.get_by_role("button", name="Refresh").click()
    assert len(reads) == 3


@pytest.mark.parametrize(
    "page",
    [
        {"size": size, "color_scheme": scheme, "locale": locale}
        for size, scheme, locale in (
            (PHONE, "light", "de-DE"),
            (PHONE, "dark", "en-GB"),
            (LAPTOP, "light", "en-GB"),
            (LAPTOP, "dark", "de-DE"),
        )
    ],
    indirect=True,
    ids=["phone light de", "phone dark en", "desk light en", "desk dark de"],
)
def test_page_is_accessible_and_fits_the_screen(page: Page, address: str) -> None:
    page.route(METRICS, lambda route: answer(route, GRAPHS))
    open_as_operator(page, address, "/console/metrics")
    page.locator(".metric .chart").first.wait_for()
    # On a phone, the links of the console are wider than the screen.
    expect(page.locator(".console-bar a[aria-current]")).to_be_in_viewport(ratio=0.9)
    page.locator(".metric summary").nth(2).click()
    page.evaluate(_AXE)
    assert page.evaluate(_SERIOUS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
