"""A real browser for the pages of the tests; everything a page does wrong is collected."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from report_fakes import FakeRun

from simeval.report.build import build_report

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Opened:
    """A page and what went wrong on it."""

    page: Any
    address: str
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def go(self, fragment: str) -> None:
        """Opens the page at an address inside it."""
        self.page.goto("about:blank")
        self.page.goto(self.address + fragment)
        self.page.wait_for_selector("#main h1, #main .problem-card")

    def episode(self, key: str, query: str = "") -> None:
        """Opens an episode and waits for its replay."""
        self.go(f"#/e/{key[:16]}{query}")
        self.until("window.simevalReplay.state() !== null")

    def until(self, condition: str) -> None:
        """Waits for a condition; the browser's own way of waiting needs the eval that the page forbids."""
        for _ in range(200):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(25)
        raise AssertionError(f"never true: {condition}")

    def state(self) -> dict[str, Any]:
        """What the replay shows."""
        return self.page.evaluate("window.simevalReplay.state()")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, or a skip that says how to get it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = os.environ.get("SIMEVAL_CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.skip("no chromium on PATH and SIMEVAL_CHROMIUM is not set")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_report(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Writes the report of a run and opens it from file://."""
    contexts = []

    def opened(run: FakeRun, *, text: Callable[[str], str] = str, **context: Any) -> Opened:
        path = build_report(run, tmp_path / "report.html").path
        path.write_text(text(path.read_text("utf-8")), "utf-8")
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | context))
        page = contexts[-1].new_page()
        result = Opened(page, path.as_uri())
        page.on("console", lambda m: m.type in ("error", "warning") and result.problems.append(m.text))
        page.on("pageerror", lambda error: result.problems.append(str(error)))
        page.on("dialog", lambda dialog: (result.problems.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: result.requests.append(request.url))
        result.go("")
        return result

    yield opened
    for context in contexts:
        context.close()
