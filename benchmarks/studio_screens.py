"""A home folder in, pictures of the studio's pages out, as a browser shows them on a desk and on a phone.

    HUABEN_HOME=.huaben .venv/bin/python benchmarks/studio_screens.py docs/images

The home is copied first, so that what is said for the pictures is not kept. Needs Debian's chromium (or another that
HUABEN_TEST_CHROMIUM names), a Chinese font and Playwright; nothing is downloaded.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from eval.studio.serve import StudioConfig, launch
from warehouse.home import home_folder

PAGES = {
    "talk": "对话", "label": "标注", "write": "编写样本", "search": "检索", "novels": "小说", "people": "人物",
    "questions": "题目", "sql": "SQL", "charts": "图表", "versions": "版本", "runs": "训练",
}  # fmt: skip
WIDTHS = {1280: 800, 390: 844}  # a desk's window and a phone's, and how high they are
_TALLEST = 2_400  # pixels of a picture: what is below is more of the same
_PATIENCE = 240.0  # seconds until a busy machine has the app up
_WAIT = 240_000  # milliseconds until a busy machine has drawn a page


def chromium() -> str:
    """Where the browser lies; empty when there is none."""
    return os.environ.get("HUABEN_TEST_CHROMIUM") or shutil.which("chromium") or ""


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []  # the sandbox refuses to start for root
        opened = playwright.chromium.launch(executable_path=chromium(), args=options)
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def served(home: Path, bases: Sequence[str] = ()) -> Iterator[str]:
    """The address at which a studio of its own serves the home, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = launch(home, StudioConfig(port=port, bases=tuple(bases)))
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
        process = subprocess.Popen(made.command, env=made.environment, stdout=told, stderr=told)
        try:
            _until_up(made.address, process)
            yield made.address
        except TimeoutError:
            told.seek(0)
            raise TimeoutError(f"the studio did not come up: {told.read()[-2_000:]}") from None
        finally:
            process.kill()  # asked to end, it would wait for its pages; what it keeps is whole at any time
            process.wait()


def _until_up(address: str, process: subprocess.Popen[bytes]) -> None:
    late = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < late:
        try:
            urllib.request.urlopen(f"{address}_stcore/health", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError


def settled(page: Page, name: str) -> None:
    """Wait until the page of that name is drawn: its script has ended, nothing is stale, its charts and fonts are there."""
    page.wait_for_function(
        """title => {
          const all = selector => [...document.querySelectorAll(selector)];
          const app = document.querySelector('[data-testid="stApp"]');
          return app && app.dataset.testScriptState === 'notRunning' && document.fonts.status === 'loaded'
            && all('h1').some(head => head.textContent.trim() === title)
            && !all('[data-stale="true"], [data-testid="stSkeleton"], [data-testid="stSpinner"]').length
            && all('[data-testid="stVegaLiteChart"]').every(chart => chart.querySelector('svg, canvas')?.clientWidth < innerWidth);
        }""",
        arg=PAGES[name],
        timeout=_WAIT,
    )


def picture(page: Page, path: Path, whole: bool = True) -> None:
    """A picture of the page, also of what must be scrolled to, or with `whole` unset of the window alone."""
    size = page.viewport_size or {"width": 1280, "height": 800}
    tall = int(page.evaluate("document.querySelector('[data-testid=\"stMainBlockContainer\"]').scrollHeight"))
    if whole:
        page.set_viewport_size({"width": size["width"], "height": min(max(tall, size["height"]), _TALLEST)})
    page.screenshot(path=path, animations="disabled")
    page.set_viewport_size(size)


def opened(browser: Browser, address: str, width: int = 1280, scheme: str = "light") -> Page:
    """A new page of that width, in Chinese."""
    size = {"width": width, "height": WIDTHS.get(width, 800)}
    page = browser.new_page(viewport=size, color_scheme=scheme, locale="zh-CN", base_url=address)  # type: ignore[arg-type]
    page.set_default_timeout(_WAIT)
    return page


def every_page(
    browser: Browser, address: str, folder: Path, scheme: str = "light", look: Callable[[Page, str], None] | None = None
) -> None:
    """A picture of each page at each width, `NAME-WIDTH-SCHEME.png`. `look` is given each page with its name before."""
    page = opened(browser, address, scheme=scheme)
    for name in PAGES:
        page.goto(name)
        settled(page, name)
        if name == "search":
            page.get_by_label("词语").fill("渡口 石碑")
            page.keyboard.press("Enter")
            page.wait_for_selector(".hb-found")
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            settled(page, name)
            if look:
                look(page, name)
            picture(page, folder / f"{name}-{width}-{scheme}.png")
    page.close()


def for_readme(browser: Browser, address: str, folder: Path) -> None:
    """The three pictures of the README: a row to label, a chapter in its speakers' colours, a character."""
    page = opened(browser, address)
    page.goto("label")
    settled(page, "label")
    page.get_by_label("你的名字").fill("读者")
    page.keyboard.press("Enter")
    page.wait_for_selector("button:not([disabled]):has-text('接受')")
    page.keyboard.press("Tab")
    while not page.locator(".hb-focus").count():  # an utterance, and not a question
        left = rows_left(page)
        page.keyboard.press("n")
        page.get_by_text(f"还有 {left - 1} 条").wait_for()
        settled(page, "label")
    picture(page, folder / "studio-label.png", whole=False)
    for name in ("novels", "people"):
        page.goto(name)
        settled(page, name)
        picture(page, folder / f"studio-{name}.png", whole=False)
    page.close()


def rows_left(page: Page) -> int:
    """How many rows the page 标注 says are left."""
    return int("".join(filter(str.isdigit, page.get_by_text("还有 ").first.inner_text())))


def main() -> None:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(description="pictures of the studio")
    parser.add_argument("folder", type=Path, help="where they are put")
    parser.add_argument("--every-page", action="store_true", help="each page at both widths, by day and by night")
    told = parser.parse_args()
    told.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as copy:
        home = Path(copy) / "home"
        shutil.copytree(home_folder(), home, ignore=shutil.ignore_patterns("prefect", "lock"))
        with served(home) as address, browser() as opened_browser:
            if not told.every_page:
                for_readme(opened_browser, address, told.folder)
                return
            for scheme in ("light", "dark"):
                every_page(opened_browser, address, told.folder, scheme)


if __name__ == "__main__":
    main()
