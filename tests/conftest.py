"""What the tests share: a home of their own, nothing that phones out, and the real files where they are at hand."""

import os
from collections.abc import Iterator
from pathlib import Path

# Set before anything imports prefect or transformers, which read them at import.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["DO_NOT_TRACK"] = "1"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import pytest
from main_job import Job, job
from tiny import clear, new_lake

from corpora.interrupt import forget
from warehouse.lake import Lake, writing

__all__ = ["Job", "job"]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh HUABEN_HOME, so that no test sees another's state or the user's."""
    home = tmp_path / "home"
    monkeypatch.setenv("HUABEN_HOME", str(home))
    forget()  # a Ctrl-C of the test before
    return home


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A lake open for writing, for all tests of a file; what they leave in it is theirs to clear."""
    with writing(new_lake(tmp_path_factory.mktemp("lakes") / "lake")) as opened:
        yield opened


@pytest.fixture
def lake(shared: Lake) -> Lake:
    """That lake without a row."""
    return clear(shared)


@pytest.fixture(scope="session")
def corpora_dir() -> Path:
    """The folder of real files, or a skip that says how to name it."""
    named = os.environ.get("HUABEN_CORPORA", "../shared/corpora")
    folder = Path(named)
    if not (folder / "novels" / "sanguo.txt").is_file():
        pytest.skip(f"{named} has no novels/sanguo.txt; set HUABEN_CORPORA to the folder of real files")
    return folder


@pytest.hookimpl(tryfirst=True)  # before xdist looks for the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one file stay on one worker, and so do all that look at the main job, which then runs once."""
    for item in items:
        shares_job = "job" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("job" if shares_job else item.path.name))
