"""Signs users in on the page of the local issuer, as they do themselves."""

from playwright.sync_api import Page

from tests.e2e.web.visitor import Visitor

PEOPLE = {"alice": "Alice Martin", "bob": "Bob Keller", "operator": "Olivia Stone"}


def sign_in(page: Page, person: str, *, button: str = "Sign in") -> None:
    """Press the button of the application, and pick the person on the issuer's page."""
    page.get_by_role("banner").get_by_role("button", name=button).click()
    page.get_by_text(PEOPLE[person]).click()
    page.get_by_role("banner").get_by_text(PEOPLE[person]).wait_for()


def open_console(visitor: Visitor) -> Page:
    """Open the console, signed in as the operator. Returns the page."""
    page = visitor.open()
    sign_in(page, "operator")
    page.get_by_role("banner").get_by_role("link", name="Console").click()
    return page
