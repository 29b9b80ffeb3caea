"""Judges a page: whether it is accessible, fits the window, and has no button too small for a finger."""

from playwright.sync_api import Page

from tests.synth import PROJECT

_AXE = (PROJECT / "node_modules" / "axe-core" / "axe.min.js").read_text()
_RUN_AXE = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  const serious = found.violations.filter((each) => ["serious", "critical"].includes(each.impact));
  const why = (node) => node.any.map((check) => check.message).join("; ");
  return serious.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.target} ${why(node)}`));
}"""
_OVERFLOWING = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("main *, header *")]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
    .filter((each) => !each.closest(".table-frame, .nav"))
    .map((each) => `${each.tagName}.${each.className} ends at ${each.getBoundingClientRect().right}`)"""
_SMALL = """() => [...document.querySelectorAll("button, .button, input:not([type]), select")]
  .map((each) => [each, each.getBoundingClientRect()])
  .filter(([each, box]) => box.width > 0 && (box.width < 24 || box.height < 24))
  .map(([each, box]) => `${each.outerHTML.slice(0, 80)} is ${box.width} by ${box.height}`)"""


def flaws(page: Page, name: str) -> list[str]:
    """Returns what is wrong with the page as it is, each after the page's name."""
    page.evaluate(_AXE)
    found = [*page.evaluate(_RUN_AXE), *page.evaluate(_OVERFLOWING), *page.evaluate(_SMALL)]
    return [f"{name}: {each}" for each in found]
