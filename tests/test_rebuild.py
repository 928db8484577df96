"""warehouse/rebuild.py and eval/certificates.py: the set and the base of a birth certificate again, or what has changed."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from tiny import asked, document, new_lake, put, said
from tiny_model import tiny_base

from corpora.errors import BadInput
from eval.certificates import base_of, read_certificate
from train.adapters import AdapterConfig
from train.bases import base_fingerprint
from train.birth import training_set_of
from train.config import TrainConfig
from train.tokenise import TokenConfig
from warehouse import training_set
from warehouse.curate import CurateConfig, curate
from warehouse.lake import Lake, writing
from warehouse.rebuild import rebuild
from warehouse.sampling import Sampling
from warehouse.training_set import BuildConfig, build

WHO = "刘备 关羽 张飞 赵云 曹操 孙权 周瑜 吕布 袁绍 董卓".split()
CONFIG = BuildConfig("again", tasks=("quiz",), sampling=Sampling(largest_type={"quiz": 0.9}))


def items(last: int) -> list[Any]:
    return [asked(k, f"第{k}回中谁说了第{k}句话？", {}, WHO[k % 10]) for k in range(1, last)]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """One lake for all, which only grows: each test builds the set that it looks at."""
    with writing(new_lake(tmp_path_factory.mktemp("lakes") / "lake")) as opened:
        lines = [said(100 * k, WHO[k % 10], f"吾乃{WHO[k % 10]}，第{k}人也。", scene=k) for k in range(12)]
        put(opened, (document("novels/sanguo"), lines), (document("quiz/bank", "quiz"), items(30)))
        curate(opened, CurateConfig())
        yield opened


def born(lake: Lake) -> tuple[Path, dict[str, Any]]:
    """The set, and what an adapter's certificate says of it."""
    folder = build(lake, CONFIG)
    return folder, training_set_of([folder / f"{name}.parquet" for name in ("train", "valid")])


def test_the_same_set_whatever_came_in_since_and_at_a_later_snapshot_what_changed(lake: Lake) -> None:
    folder, recorded = born(lake)
    manifest = (folder / "manifest.json").read_bytes()
    shutil.rmtree(folder)
    put(lake, (document("quiz/bank", "quiz"), items(40)))
    curate(lake, CurateConfig())
    again = rebuild(lake, recorded)
    assert (again.folder, again.identical, again.changed) == (folder, True, ())
    assert (folder / "manifest.json").read_bytes() == manifest
    now = lake.table_snapshot("samples")
    later = rebuild(lake, recorded, now)
    assert later.folder != folder
    assert not later.identical
    assert f"snapshot {recorded['snapshot']} → {now}" in later.changed
    rows = json.loads((later.folder / "manifest.json").read_text())["files"]["train.parquet"]["rows"]
    before = json.loads((folder / "manifest.json").read_text())["files"]["train.parquet"]["rows"]
    assert rows > before
    assert f"train.parquet differs ({before} rows, now {rows} rows)" in later.changed
    assert any(line.startswith("source quiz/bank: ") for line in later.changed)


def test_other_code_that_gives_the_same_rows_is_told_and_goes(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, recorded = born(lake)
    monkeypatch.setattr(training_set, "code_fingerprint", lambda *rooms: "0" * 16)
    again = rebuild(lake, recorded)
    assert again.folder != folder
    assert (again.identical, again.changed) == (True, (f"code version {recorded['code_version']} → {'0' * 16}",))


def test_other_rows_from_the_same_snapshot_are_named(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    _, recorded = born(lake)
    recorded["files"]["train.parquet"] = "f" * 64
    recorded["manifest_sha256"] = "f" * 64
    again = rebuild(lake, recorded)
    assert not again.identical
    assert again.changed[0].startswith("train.parquet differs (")


def test_an_expired_snapshot_leaves_the_sets_own_folder(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, recorded = born(lake)
    recorded["snapshot"] = 999
    again = rebuild(lake, recorded)
    assert (again.folder, again.identical) == (folder, True)
    assert "snapshot 999 does not exist" in again.changed[0]
    with pytest.raises(BadInput, match="snapshot 998 does not exist"):
        rebuild(lake, recorded, 998)
    (folder / "train.parquet").write_bytes(b"damaged")
    with pytest.raises(BadInput, match=r"train\.parquet is not what the manifest says"):
        rebuild(lake, recorded)
    shutil.rmtree(folder)
    with pytest.raises(BadInput, match=r"again-\w{8} cannot be built again: snapshot 999 does not exist"):
        rebuild(lake, recorded)


def test_a_set_of_another_warehouse_is_refused(lake: Lake) -> None:
    folder, recorded = born(lake)
    shutil.rmtree(folder)
    with pytest.raises(BadInput, match="never built the training set again-12345678; set HUABEN_HOME"):
        rebuild(lake, {**recorded, "set_id": "12345678" * 2})
    with pytest.raises(BadInput, match="trained on files without a manifest"):
        rebuild(lake, {"files": {}})


def certified(folder: Path, base: Path | str) -> Path:
    folder.mkdir()
    config = {"train": asdict(TrainConfig(seed=5)), "adapter": asdict(AdapterConfig()), "tokens": asdict(TokenConfig())}
    named = asdict(base_fingerprint(base)) if isinstance(base, Path) else {"name": base, "revision": "c", "sha256": ""}
    written = {"base": named, "config": config, "training_set": {"name": "again"}}
    (folder / "birth.json").write_text(json.dumps(written))
    return folder


def test_a_certificate_gives_the_configs_and_the_base(tmp_path: Path) -> None:
    kept = tiny_base(tmp_path / "bases" / "small")
    found = read_certificate(certified(tmp_path / "adapter", kept))
    assert (found.train, found.method, found.tokens) == (TrainConfig(seed=5), AdapterConfig(), TokenConfig())
    assert base_of(found, tmp_path) == str(kept)
    moved = kept.rename(tmp_path / "elsewhere")
    with pytest.raises(BadInput, match=r"its base small is not at .*; say where it is with --base FOLDER"):
        base_of(found, tmp_path)
    assert base_of(found, tmp_path, str(moved)) == str(moved)
    (moved / "config.json").write_text((moved / "config.json").read_text() + "\n")
    with pytest.raises(BadInput, match="elsewhere: is not the base that adapter was trained on"):
        base_of(found, tmp_path, str(moved))
    assert base_of(read_certificate(certified(tmp_path / "hub", "Qwen/Qwen3-0.6B")), tmp_path) == "Qwen/Qwen3-0.6B"


def test_a_certificate_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no birth\.json in it; give a folder that huaben train wrote"):
        read_certificate(tmp_path)
    (tmp_path / "birth.json").write_text("{}")
    with pytest.raises(BadInput, match=r"birth\.json is broken"):
        read_certificate(tmp_path)
    known = certified(tmp_path / "new", "x/y")
    table = json.loads((known / "birth.json").read_text())
    table["config"]["train"]["of_tomorrow"] = 1
    (known / "birth.json").write_text(json.dumps(table))
    with pytest.raises(BadInput, match="unknown key 'of_tomorrow'"):
        read_certificate(known)
