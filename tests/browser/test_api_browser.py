"""The guide's path through the API browser, in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.process import Client, Served

WAIT = 15_000  # milliseconds
UNENROLL = "Un - Enroll users in course/s"

# 000_9274beae67eb45f9.txt, Unenrolling, step 5, with the brackets that its page lost, the ids of three users (step 1)
# and of one learning plan (step 2); one of the two areas still has the 0 in it
GUIDE = """{
  "user_ids": [
    13001,13002,13003
  ],
  "course_ids": [
    0
  ],
  "learningplan_ids": [
    31
  ],
  "reset_tracks": false,
  "cascade_unenroll_from_courses_in_selected_learning_plan": false,
  "delete_issued_certificates": false
}"""


@dataclass
class Visit:
    """The API browser in a fresh browser window, and all that went on there."""

    page: Page
    server: Served
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, path: str = "/api-browser/") -> None:
        context = self.page.context
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.page.goto(f"{self.server.url}{path}")
        expect(self.page.locator(".opblock").first).to_be_visible()

    def authorize(self) -> Page:
        """Presses Authorize, twice. The login's pop-up."""
        self.page.locator(".auth-wrapper").get_by_role("button", name="Authorize").click()
        form = self.login_form()
        expect(form.get_by_label("client_id:")).to_have_value("api-browser")
        expect(form.get_by_label("client_secret:")).to_have_value("")
        with self.page.expect_popup() as popup:
            form.locator("button", has_text="Authorize").click()
        return popup.value

    def login_form(self) -> Locator:
        return self.page.locator(".auth-container").filter(has_text="authorizationCode")

    def submit(self, popup: Page, password: str) -> None:
        popup.get_by_label("Username").fill(self.server.ready["username"])
        popup.get_by_label("Password").fill(password)
        popup.get_by_role("button", name="Log in").click()

    def log_in(self) -> None:
        popup = self.authorize()
        with popup.expect_event("close"):
            self.submit(popup, self.server.ready["password"])
        expect(self.login_form().locator("button", has_text="Logout")).to_be_visible()
        self.page.locator(".close-modal").click()

    def unenroll(self, body: str) -> tuple[int, Any]:
        """Opens the operation, pastes the body, presses Execute. The status and the body of the shown response."""
        operation = self.page.locator(".opblock").filter(has_text=UNENROLL)
        operation.locator(".opblock-summary-control").click()
        operation.locator(".body-param textarea").fill(body)
        operation.get_by_role("button", name="Execute").click()
        shown = operation.locator(".live-responses-table")
        status = shown.locator(".response-col_status").last
        expect(status).to_contain_text(re.compile(r"\d{3}"))
        number = re.search(r"\d{3}", status.inner_text())
        assert number
        return int(number[0]), json.loads(shown.locator(".highlight-code code").first.inner_text())


def problems(visit: Visit) -> list[str]:
    """What the browser's console complains of, and requests that left this machine."""
    away = [url for url in visit.requests if urlsplit(url).hostname != "127.0.0.1" and urlsplit(url).scheme != "data"]
    return visit.errors + away


@pytest.fixture
def stranger(chromium: Browser, server: Served) -> Iterator[Visit]:
    """A browser that has not gone anywhere yet, and the demo tenant as it was at first."""
    Client(server.url, server.ready["control_token"]).call("POST", "/_mock/reset")
    context = chromium.new_context()
    context.set_default_timeout(WAIT)
    expect.set_options(timeout=WAIT)
    yield Visit(context.new_page(), server)
    context.close()


@pytest.fixture
def visit(stranger: Visit) -> Visit:
    """The API browser of the demo tenant."""
    stranger.open()
    return stranger


def test_the_guides_unenrollment_gives_the_guides_answer(visit: Visit) -> None:
    visit.log_in()
    members = visit.server.log_in().members()
    status, answer = visit.unenroll(GUIDE)
    assert status == 200
    assert answer["data"] == {
        "un_enrolled": [13001, 13002],
        "errors": ["User 13003 is not enrolled in learning plan 31."],
    }
    assert members - visit.server.log_in().members() == {(31, 13001), (31, 13002)}
    assert problems(visit) == []


def test_the_dialog_shows_the_login_first(visit: Visit) -> None:
    visit.page.locator(".auth-wrapper").get_by_role("button", name="Authorize").click()
    button = visit.login_form().locator("button", has_text="Authorize")
    expect(button).to_be_visible()
    expect(button).to_be_in_viewport(timeout=3_000)


def test_a_comma_after_the_last_id_gives_a_format_error_and_changes_nothing(visit: Visit) -> None:
    visit.log_in()
    members = visit.server.log_in().members()
    status, answer = visit.unenroll(GUIDE.replace("13003", "13003,"))
    assert status == 400
    assert answer["name"] == "Bad Request"
    assert "JSON" in answer["message"][0]
    assert visit.server.log_in().members() == members


def test_without_a_login_the_answer_is_401(visit: Visit) -> None:
    status, _ = visit.unenroll(GUIDE)
    assert status == 401


def test_a_wrong_password_shows_the_page_again_with_an_alert(visit: Visit) -> None:
    popup = visit.authorize()
    expect(popup.get_by_role("alert")).to_have_count(0)
    visit.submit(popup, "wrong")
    expect(popup.get_by_role("alert")).to_have_text("The username or password is wrong.")
    expect(popup.get_by_label("Username")).to_have_value(visit.server.ready["username"])
    expect(popup.get_by_label("Password")).to_have_value("")
    # and the second attempt is as good as a first
    with popup.expect_event("close"):
        visit.submit(popup, visit.server.ready["password"])
    expect(visit.login_form().locator("button", has_text="Logout")).to_be_visible()


def test_every_operation_of_the_contract_is_listed(visit: Visit) -> None:
    from tests.support.contract import operations

    listed = visit.page.locator(".opblock").all()
    shown = {operation.locator(".opblock-summary-operation-id").inner_text() for operation in listed}
    assert shown == {operation["operationId"] for operation in operations().values()}
    assert problems(visit) == []


def test_the_filter_finds_titles(visit: Visit) -> None:
    visit.page.get_by_placeholder("Filter by title, path or service").fill("un - enroll")
    expect(visit.page.locator(".opblock")).to_have_count(1)
    expect(visit.page.locator(".opblock")).to_contain_text(UNENROLL)
    visit.page.locator(".operation-filter-input").fill("course")
    expect(visit.page.locator(".opblock").filter(has_text="Returns courses available")).to_be_visible()
    assert problems(visit) == []


def test_the_guides_words_stand_where_its_reader_looks(visit: Visit) -> None:
    expect(visit.page.locator("#operations-tag-learn")).to_contain_text(re.compile("Service.*LP, Enrollment"))
    expect(visit.page.locator("#operations-tag-course")).to_contain_text(re.compile("Service.*Courses"))
    visit.page.locator(".guide summary").click()
    for word in ("Services", "LP, Enrollment", "Courses", "OAuth", "Try"):
        expect(visit.page.locator(".guide dt").get_by_text(word, exact=True)).to_be_visible()


def test_on_a_phone_nothing_is_wider_than_it(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.page.locator(".opblock").filter(has_text=UNENROLL).locator(".opblock-summary-control").click()
    expect(visit.page.get_by_role("button", name="Execute")).to_be_visible()
    assert visit.page.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [390, 390]


def test_the_api_browser_of_another_tenant_shows_and_changes_that_tenant(stranger: Visit) -> None:
    server = stranger.server
    client = server.log_in()
    members = client.members()
    Client(server.url, server.ready["control_token"]).call("POST", "/_mock/tenants", {"name": "acme"})
    stranger.open("/t/acme/")
    assert urlsplit(stranger.page.url)[1:3] == (urlsplit(server.url).netloc, "/t/acme/api-browser/")
    stranger.log_in()
    status, answer = stranger.unenroll(GUIDE)
    assert (status, answer["data"]["un_enrolled"]) == (200, [13001, 13002])
    assert client.members() == members
    assert {urlsplit(url).path[:8] for url in stranger.requests if not url.startswith("data:")} == {"/t/acme/"}
    assert problems(stranger) == []
