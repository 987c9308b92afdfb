"""A real Chromium, started once a session, and what a person does in it. Where there is none its tests are skipped."""

import json
import os
import shutil
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 20_000
# As WCAG 2.2 AA has it, and what axe's makers hold to be good.
AXE_RUN = """async () => {
    const found = await axe.run(document, {resultTypes: ["violations"]});
    return found.violations.map(({id, nodes}) => `${id}: ${nodes.map((each) => each.html).join(" | ").slice(0, 400)}`);
}"""


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Any]:
    """The browser that is installed here; CHROMIUM names another one."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not path:
        pytest.skip(f"No browser is here: none of {', '.join(NAMES)}, and CHROMIUM is not set.")
    playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    async with playwright.async_playwright() as driver:
        opened = await driver.chromium.launch(executable_path=path, chromium_sandbox=False)
        yield opened
        await opened.close()


class Tab:
    """A tab of a browser of its own, with all that its page said, and every address that was asked for."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url
        self.faults: list[str] = []
        self.addresses: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._said)
        page.on("request", lambda request: self.addresses.append(request.url))

    @classmethod
    async def open(cls, browser: Any, url: str, **options: Any) -> "Tab":
        """A new tab that has nothing in common with others."""
        context = await browser.new_context(locale="en-GB", timezone_id="America/New_York", **options)
        context.set_default_timeout(PATIENCE_MS)
        return cls(await context.new_page(), url)

    async def sign_in(self, person: str, password: str, place: str = "#/board") -> None:
        """Signs in as somebody who was going to a place."""
        await self.page.goto(f"{self.url}/{place}")
        await self.page.get_by_role("button", name="Sign in").click()
        await self.page.get_by_label("Account").fill(person)
        await self.page.get_by_label("Password").fill(password)
        await self.page.get_by_role("button", name="Sign in").click()
        await self.page.locator("#who").get_by_role("button", name="Sign out").wait_for()

    async def go(self, place: str) -> None:
        """To another view, as a link of the page leads there, until it is read and followed."""
        await self.page.evaluate(
            """place => place === location.hash || new Promise((moved) => {
                addEventListener("hashchange", () => moved(), {once: true});
                location.hash = place;
            })""",
            place,
        )
        await self.page.locator("main:not([aria-busy])").wait_for()

    async def says(self, text: str) -> None:
        """Waits until the page shows a text."""
        await self.page.get_by_text(text).first.wait_for()

    async def text(self) -> str:
        """What the page shows."""
        shown: str = await self.page.inner_text("body")
        return shown

    async def barriers(self) -> list[str]:
        """What axe finds in the page as it is."""
        if await self.page.evaluate("typeof axe") == "undefined":
            await self.page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text("utf-8"))
        found: list[str] = await self.page.evaluate(AXE_RUN)
        return found

    async def reckons(self, module: str, expression: str, argument: Any = None) -> Any:
        """The value of an expression of what a module of the console exports, `it`, and an argument, `given`."""
        script = f"async given => {{ const it = await import('/console/{module}'); return {expression}; }}"
        return await self.page.evaluate(script, argument)

    async def session(self) -> dict[str, Any]:
        """What the tab keeps of who is signed in."""
        kept: dict[str, Any] = json.loads(
            await self.page.evaluate("sessionStorage.getItem('doselane.console.session')")
        )
        return kept

    async def close(self) -> None:
        """Close it, and all that it kept."""
        await self.page.context.close()

    def _said(self, message: Any) -> None:
        # A refused request is told by the browser too; what the page makes of it is looked at by tests.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(message.text)
