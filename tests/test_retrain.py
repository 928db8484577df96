"""flows/retrain.py: an adapter again from its birth certificate, held against the current one, promoted or not."""

import shutil
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from main_job import Job, huaben

import flows.retrain
from eval.certificates import Certificate
from eval.current import current, promotions
from flows.config import RunConfig
from flows.retrain import Again, rebuilt_set, retrain_newest, started_from
from train.adapters import AdapterConfig
from train.birth import write_birth
from train.config import TrainConfig
from train.tokenise import TokenConfig
from warehouse.kit import BadInput, settings, sha256_file
from warehouse.rebuild import Rebuilt

RECORDED = {"name": "hand", "set_id": "00c0ffee" * 2}


def test_a_set_that_is_no_longer_the_same_is_refused_unless_another_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Rebuilt(tmp_path / "new", False, ("code version a → b",))
    monkeypatch.setattr(flows.retrain, "writing", lambda home: nullcontext())
    monkeypatch.setattr(flows.retrain, "rebuild", lambda lake, recorded, at: found)
    again = Again(Certificate(tmp_path, {}, RECORDED, TrainConfig(), AdapterConfig(), TokenConfig()))
    with pytest.raises(
        BadInput, match="hand-00c0ffee cannot be built as it was: code version a → b; go back to the code"
    ):
        rebuilt_set(again, tmp_path)
    assert rebuilt_set(replace(again, at=3), tmp_path) == found


def test_an_adapter_that_went_on_from_another_needs_that_other(tmp_path: Path) -> None:
    parent, child = tmp_path / "adapters" / "first", tmp_path / "child"
    for folder in (parent, child):
        folder.mkdir(parents=True)
    write_birth(parent / "birth.json", {"config": 1})
    write_birth(child / "birth.json", {})
    assert started_from(child, tmp_path) is None
    write_birth(child / "birth.json", {"from": {"name": "first", "birth_sha256": sha256_file(parent / "birth.json")}})
    assert started_from(child, tmp_path) == parent
    write_birth(parent / "birth.json", {"config": 2})
    with pytest.raises(BadInput, match=r"went on from the adapter first, which is not at .*first; restore it there"):
        started_from(child, tmp_path)


def test_a_schedule_gives_names_and_gets_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "x.toml"
    config.write_text('registries = ["sample"]\n[promote]\nguarded = ["exact"]\n')
    asked: list[Any] = []

    def flow(*given: Any) -> SimpleNamespace:
        asked.extend(given)
        return SimpleNamespace(decision=SimpleNamespace(page=tmp_path / "report.html"))

    monkeypatch.setattr(flows.retrain, "retrain_flow", flow)
    assert retrain_newest.fn(str(config), str(tmp_path)) == str(tmp_path / "report.html")
    assert (asked[0].promote.guarded, asked[1]) == (("exact",), tmp_path)


def test_what_is_guarded_stands_in_a_runs_config() -> None:
    table = {"registries": ["sample"], "promote": {"guarded": ["quiz/exact"], "allowed": {"quiz/exact": 2}}}
    config = settings(RunConfig, table, "x.toml")
    assert (config.promote.guarded, config.promote.allowed) == (("quiz/exact",), {"quiz/exact": 2.0})
    with pytest.raises(BadInput, match=r"x\.toml: promote: 'quizz' is no metric"):
        settings(RunConfig, {"registries": [], "promote": {"guarded": ["quizz"]}}, "x.toml")


@pytest.mark.slow
def test_the_adapter_of_the_main_job_is_made_again_byte_for_byte(job: Job, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(job.home, home)
    (born,) = (home / "adapters").glob("*/birth.json")
    moved = shutil.move(born.parent, tmp_path / born.parent.name)
    done = huaben(home, "retrain", "--from", str(moved))
    assert done.returncode == 0, done.stderr
    told = " ".join(done.stdout.split())
    assert "its weights are byte for byte those of the adapter that was trained again" in told
    assert f"{born.parent.name} is the current adapter now" in told
    assert sha256_file(born.parent / "adapter_model.safetensors") == sha256_file(moved / "adapter_model.safetensors")
    (line,) = promotions(home)
    assert line == current(home)
    assert line.folder(home) == born.parent
    (page,) = (home / "comparisons").glob("*/report.html")
    assert "遗忘" in page.read_text(encoding="utf-8")
    assert {path.name for path in page.parent.iterdir()} == {"report.html", "report.md", "changes.svg"}
