"""A spider's config in, its pages in the store out, with what became of each address.

huaben crawl SPIDER.toml
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from tqdm import tqdm

from corpora.crawl.spider import SpiderConfig
from corpora.crawl.store import Store
from corpora.errors import BadInput
from corpora.progress import bar_manner


@dataclass(frozen=True, slots=True)
class Crawled:
    """What a crawl came to. `fates` counts addresses by fate (page, link page, redirect, refused, failed) and reason."""

    name: str
    fates: list[tuple[str, str, int]]
    failed: list[tuple[str, str]]  # addresses and reasons
    requests: int  # made to servers, retries and robots.txt included
    bytes: int  # as they came, packed
    seconds: float
    resumed: bool  # went on with a crawl that was broken off

    def count(self, *fates: str) -> int:
        """Addresses with one of these fates."""
        return sum(number for fate, _, number in self.fates if fate in fates)


def state_folder(config: SpiderConfig, home: Path) -> Path:
    """Where the spider keeps what it fetched: HOME/crawl/NAME."""
    return Path(home).absolute() / "crawl" / config.name


def crawl(config: SpiderConfig, home: Path) -> Crawled:
    """Fetch what the spider wants, with a progress bar; what an earlier crawl has is asked about, not fetched again.

    After a kill, run it again: it goes on where it was. Raises BadInput when no page can be had at all, when another
    crawl of this spider is running, and when the state folder cannot be written.
    """
    state = state_folder(config, home)
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{state} cannot be made ({error.strerror}); set HUABEN_HOME to a folder of yours") from None
    began = time.perf_counter()
    done = _run_child(config, state)
    store = Store(state / "pages.sqlite")
    fates, failed = store.fates(), store.failed()
    store.close()
    crawled = Crawled(config.name, fates, failed, seconds=time.perf_counter() - began, **done)
    if not crawled.count("page", "link page"):
        reason = next((reason for fate, reason, _ in fates if fate in ("refused", "failed")), "no answer")
        raise BadInput(f"{config.start[0]}: {reason}; correct start, or try again later")
    return crawled


def _run_child(config: SpiderConfig, state: Path) -> dict[str, Any]:
    """What the child sends last. It is killed when we are interrupted: the store bears it."""
    command = [sys.executable, "-m", "corpora.crawl.child", str(state)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONIOENCODING": "utf-8"}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment,
            encoding="utf-8", start_new_session=True,
        )  # fmt: skip
        try:
            last = _follow(child, config)
            child.wait()
        finally:
            child.kill()
            child.wait()
            for stream in (child.stdin, child.stdout):
                with suppress(BrokenPipeError):
                    stream.close()  # type: ignore[union-attr]
        if "refused" in last:
            raise BadInput(last["refused"])
        if "done" not in last or child.returncode:
            errors.seek(0)
            said = (errors.read().strip().splitlines() or [f"exit status {child.returncode}"])[-1]
            raise BadInput(
                f"{config.name}: the crawl broke off: {said}; see {state / 'crawl.log'}, then crawl again to go on"
            )
    done: dict[str, Any] = last["done"]
    return done


def _follow(child: "subprocess.Popen[str]", config: SpiderConfig) -> dict[str, Any]:
    """Hands the child its config and shows its progress; the last news."""
    assert child.stdin and child.stdout
    last: dict[str, Any] = {}
    try:
        child.stdin.write(json.dumps(asdict(config)) + "\n")
        child.stdin.flush()
    except BrokenPipeError:  # it has died, and said why on standard error
        return last
    with tqdm(desc=config.name, unit=" pages", **bar_manner()) as bar:
        for last in _news(child.stdout):
            if counts := last.get("progress"):
                bar.total = min(counts["pages"] + counts["waiting"], config.max_pages)
                bar.set_postfix({key: counts[key] for key in ("waiting", "failed")}, refresh=False)
                bar.update(counts["pages"] - bar.n)
    return last


def _news(stream: IO[str]) -> Iterator[dict[str, Any]]:
    for line in stream:
        yield json.loads(line)
