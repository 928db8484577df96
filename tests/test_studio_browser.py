"""The studio in a real browser: Debian's chromium, steered by Playwright, over the warehouse of a finished run.

HUABEN_SCREENS names a folder for the pictures of every page; without it they go to pytest's own.
"""

import importlib.util
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from main_job import Job
from studio_home import EVIL, planted

from warehouse.annotations import annotations, newest, saves
from warehouse.reader import Reader

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

if importlib.util.find_spec("playwright") is None:
    pytest.skip("needs Playwright; run: pip install -c constraints.txt playwright", allow_module_level=True)
from playwright.sync_api import TimeoutError as Late

from benchmarks import studio_screens as screens

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not screens.chromium(), reason="needs chromium; .ci/browser installs it on Debian"),
]


@pytest.fixture(scope="module")
def home(job: Job, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return planted(job, tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with screens.served(home) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with screens.browser() as browser:
        yield browser


@pytest.fixture
def page(browser: "Browser", address: str) -> "Iterator[Page]":
    """A page of its own, on which no script of the data may run and nothing may fail."""
    wrong: list[str] = []
    page = screens.opened(browser, address)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: request.url.startswith((address, "data:", "blob:")) or wrong.append(request.url))
    yield page
    page.close()
    assert wrong == []


def marks(home: Path) -> dict[str, str]:
    """What stands of what 甲 said: the verdict by row."""
    reader = Reader(home)
    with reader.lake() as lake:
        standing = newest(saves(annotations(home, lake.connection)))
    reader.close()
    return {record: one.verdict for (_, record), one in standing.items() if one.annotator == "甲"}


def test_every_page_fits_a_desk_and_a_phone_and_has_its_pictures(
    browser: "Browser", address: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = Path(os.environ.get("HUABEN_SCREENS") or tmp_path_factory.mktemp("screens"))
    folder.mkdir(parents=True, exist_ok=True)
    seen = []

    def look(page: "Page", name: str) -> None:
        seen.append(name)
        assert page.locator('[data-testid="stException"], [data-testid="stDialog"]').count() == 0, name
        beyond = """() => [...document.querySelectorAll('[data-testid="stMainBlockContainer"] *')]
          .filter(e => !e.closest('[data-testid="stDataFrame"], [role="tooltip"]') && e.getBoundingClientRect().right > innerWidth + 1)
          .map(e => e.outerHTML.slice(0, 120))"""
        with suppress(Late):  # charts are drawn anew when the window has another width
            page.wait_for_function(f"() => ({beyond})().length === 0", timeout=20_000)
        assert page.evaluate(beyond) == [], name
        for chart in page.locator('[data-testid="stVegaLiteChart"]').all():
            box = chart.bounding_box()
            assert box is not None
            assert box["height"] > 150, name  # a plot, and not its axes alone

    screens.every_page(browser, address, folder, look=look)
    assert seen == [name for name in screens.PAGES for _ in screens.WIDTHS]
    sizes = {path.name: path.stat().st_size for path in folder.glob("*-light.png")}
    assert len(sizes) == len(seen)
    assert min(sizes.values()) > 10_000, sizes


def test_a_chart_that_was_drawn_for_a_wider_window_fits_into_this_one(page: "Page") -> None:
    page.goto("people")
    screens.settled(page, "people")
    widths = page.evaluate("""() => [...document.querySelectorAll('[data-testid="stVegaLiteChart"]')].map(chart => {
      const drawn = chart.querySelector('svg'), height = drawn.getAttribute('height');
      drawn.setAttribute('width', 2000);  // as it stays where Streamlit misses a change
      drawn.setAttribute('viewBox', `0 0 2000 ${height}`);
      return [drawn.getBoundingClientRect().width, chart.clientWidth];
    })""")
    assert len(widths) == 2
    assert all(drawn <= room for drawn, room in widths)


def test_rows_are_labelled_and_taken_back_with_the_keyboard_alone(page: "Page", home: Path) -> None:
    page.goto("/")
    screens.settled(page, "label")
    left = screens.rows_left(page)

    def pressed(key: str, rows: int) -> None:
        page.keyboard.press(key)
        page.get_by_text(f"还有 {rows} 条").wait_for()
        screens.settled(page, "label")

    assert page.get_by_role("heading", name=EVIL).count() == 1  # as text
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "你的名字":
            break
    page.keyboard.type("甲")
    page.keyboard.press("Enter")
    page.wait_for_selector("button:not([disabled]):has-text('接受')")
    page.keyboard.press("Tab")  # out of the field, where a key is a letter
    pressed("a", left - 1)
    pressed("x", left - 2)
    page.wait_for_selector(".hb-focus")
    name = page.locator("button:has-text('2')").first.inner_text().split()[0]
    pressed("2", left - 3)
    assert sorted(marks(home).values()) == ["accept", "fix", "reject"]
    pressed("z", left - 2)
    assert sorted(marks(home).values()) == ["accept", "reject"]
    assert page.locator("button:has-text('2')").first.inner_text().split()[0] == name  # the row is back


def test_a_scene_of_two_turns_of_which_one_is_stopped(page: "Page", home: Path) -> None:
    page.goto("talk")
    screens.settled(page, "talk")
    page.get_by_text("生成参数").click()
    stop, said = page.get_by_role("button", name="停止"), page.get_by_placeholder("说一句")

    def set_to(label: str, number: int) -> None:
        field = page.get_by_label(label)
        field.fill(str(number))
        field.press("Enter")
        screens.settled(page, "talk")

    def ask(text: str) -> None:
        said.fill(text)
        said.press("Enter")

    set_to("最多写几个词元", 900)
    for seed in range(6):  # a model that has learned next to nothing may end its turn at any token
        set_to("随机种子", seed)
        ask(EVIL)
        page.wait_for_function("document.body.innerText.includes('▍')")
        first = page.locator(".hb-said").last.inner_text()
        page.wait_for_function(
            "seen => [...document.querySelectorAll('.hb-said')].at(-1).innerText.length > seen + 5", arg=len(first)
        )
        if stop.count():
            stop.click()
        stop.wait_for(state="detached")
        screens.settled(page, "talk")
        answer = page.locator(".hb-said").last.inner_text()
        if "（未说完）" in answer:
            break
        page.get_by_role("button", name="新对话").click()
        page.locator(".hb-said").first.wait_for(state="detached")
    assert "（未说完）" in answer
    assert 5 < len(answer) < 900  # left alone, it writes 900 tokens, most of them a character or more
    set_to("最多写几个词元", 6)
    ask("再说一遍。")
    page.get_by_text("再说一遍。").wait_for()
    stop.wait_for(state="detached")
    screens.settled(page, "talk")
    (chat,) = (home / "chats").glob(f"{page.url.rpartition('chat=')[2]}.jsonl")
    assert len(chat.read_text(encoding="utf-8").splitlines()) == 4
    assert page.locator(".hb-said").count() == 4
    assert EVIL in page.locator(".hb-said").first.inner_text()
    page.reload()
    screens.settled(page, "talk")
    assert page.locator(".hb-said").count() == 4


def test_words_are_found_and_a_query_runs_but_changes_nothing(page: "Page") -> None:
    page.goto("search")
    screens.settled(page, "search")
    page.get_by_label("词语").fill("渡口 石碑")
    page.keyboard.press("Enter")
    page.wait_for_selector(".hb-found")
    assert set(page.locator(".hb-found").all_inner_texts()) == {"渡口", "石碑"}
    page.get_by_label("词语").fill("alert")
    page.keyboard.press("Enter")
    page.get_by_text(EVIL).first.wait_for()
    page.goto("sql")
    screens.settled(page, "sql")
    for sql, told in (("SELECT count(*) AS n FROM questions", "1 行"), ("DELETE FROM questions", "refused")):
        page.get_by_label("一条 SELECT").fill(sql)
        page.keyboard.press("Control+Enter")
        page.get_by_text(told).wait_for()
    page.get_by_label("一条 SELECT").fill("SELECT count(*) AS n FROM questions")
    page.keyboard.press("Control+Enter")
    page.locator("[role=gridcell]", has_text="120").wait_for(
        state="attached"
    )  # of the table that a canvas holds for readers


def test_a_report_is_read_in_a_frame_that_may_do_nothing(page: "Page") -> None:
    page.goto("runs")
    screens.settled(page, "runs")
    page.get_by_text("看报告").click()
    frame = page.frame_locator('[data-testid="stIFrame"]').frame_locator("iframe[sandbox='']")
    frame.get_by_role("heading").first.wait_for()
    assert "sample" in frame.locator("h1").inner_text()
