"""`report.html`: one page for people, which needs nothing and can be read by everybody."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from mock_lms_contracts.reports import html
from mock_lms_contracts.reports.build import build
from mock_lms_contracts.requirements import select
from mock_lms_contracts.verdicts import Verdict
from playwright.sync_api import Browser

from tests.contracts.outcomes import files, outcome, partial, report
from tests.support.browser import chromium

__all__ = ["chromium", "files", "report"]


class Page(HTMLParser):
    """What of a page is to be looked at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def page(files: dict[str, str]) -> Page:
    return Page(files["report.html"])


def test_the_page_needs_nothing_from_elsewhere_and_no_script(page: Page, files: dict[str, str]) -> None:
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    for _, attributes in page.tags:
        assert not {name for name in attributes if name in {"src", "href", "style"} or name.startswith("on")}
    assert "url(" not in files["report.html"]
    assert "@import" not in files["report.html"]
    policies = [
        attributes.get("content") for tag, attributes in page.tags if tag == "meta" and "http-equiv" in attributes
    ]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_whatever_a_server_says_is_text_on_the_page(page: Page) -> None:
    assert page.open == []
    assert "alert('x')</script>" in "".join(page.words)


def test_the_page_can_be_heard(page: Page) -> None:
    assert ("html", {"lang": "en"}) in page.tags
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    tables = [index for index, (tag, _) in enumerate(page.tags) if tag == "table"]
    assert all(page.tags[index + 1][0] == "caption" for index in tables)
    assert all(attributes.get("scope") in {"row", "col"} for tag, attributes in page.tags if tag == "th")
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_a_verdict_is_a_word_and_not_a_color_alone(page: Page) -> None:
    text = "".join(page.words)
    for verdict in Verdict:
        assert re.search(rf"\S {verdict.value}\b", text)


def luminance(color: str) -> float:
    digits = color if len(color) == 6 else "".join(2 * digit for digit in color)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


TEXTS, BACKGROUNDS = ("text", "good", "bad", "doubt", "quiet"), ("page", "head", "code")


def test_every_color_of_text_can_be_read_on_every_background_by_day_and_by_night(files: dict[str, str]) -> None:
    page = files["report.html"]
    assert not re.findall(r"(?<![-\w])(?:color|background): (?!var)", page), "all colors are variables"
    themes = [
        dict(re.findall(r"--(\w+): #([0-9a-f]+);", block)) for block in re.findall(r":root \{(.*?)\}", page, re.DOTALL)
    ]
    assert len(themes) == 2
    for theme in themes:
        assert set(theme) == {*TEXTS, *BACKGROUNDS, "line"}
        for text in TEXTS:
            for background in BACKGROUNDS:
                dark, light = sorted((luminance(theme[text]), luminance(theme[background])))
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, background)


def test_the_page_says_the_verdict_first_and_each_finding_in_full(page: Page) -> None:
    text = " ".join("".join(page.words).split())
    body = text.partition("}")[2]
    assert "The implementation does not keep the contract" in body
    for words in ("Missing: expected and not seen", "user 2 in course 1", "user 5 in plan 4", "$TOKEN", "--seed 7"):
        assert words in text
    for requirement in outcome().options.requirements:
        assert requirement.sentence in text


def test_the_page_of_a_partial_report_says_so_and_says_one_cause_once() -> None:
    page = Page(html.render(build(partial())))
    text = " ".join("".join(page.words).split())
    assert "This report is partial: the run was interrupted" in text
    musts = len(select([], "MUST"))
    assert f"1 of {musts} MUST hold, {musts - 1} not run" in text
    assert "over_cap=reject (not found out)" in text
    assert [tag for tag, _ in page.tags].count("article") == 1
    for requirement in partial().options.requirements:
        assert requirement.sentence in text


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_of_the_page_lies_beside_the_screen(width: int, theme: str, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=theme)  # type: ignore[arg-type]
    try:
        page = context.new_page()
        for one in (outcome(), partial()):
            page.set_content(html.render(build(one)))
            page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
            assert page.evaluate("document.documentElement.scrollWidth") == width
            hidden = page.evaluate(
                "[...document.querySelectorAll('h1, h2, h3, p, pre, li, td, dd, tbody th')].filter(element => "
                "element.getBoundingClientRect().right > innerWidth || element.scrollWidth > element.clientWidth + 1)"
                ".map(element => element.textContent)"
            )
            assert hidden == []
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(255, 255, 255)") is (theme == "light")
    finally:
        context.close()
