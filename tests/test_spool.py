"""What waits on disk comes back as it went in, as often as it is asked for."""

from pathlib import Path

import pytest

from warehouse.samples import Sample
from warehouse.spool import Spool

TURNS = ({"role": "user", "content": "刘备曰："},)


def sample(key: str) -> Sample:
    return Sample(
        sample_id=key, task="roleplay", question_type="single_turn", record_id=key, document_id="d", source_id="s",
        novel="三国演义", character="刘备", messages=TURNS, answer="善", reference="善", scene_id="", seed=False, core="善",
        refused="", parts=("a", "b"), card="你是刘备",
    )  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 3, 4, 7])
def test_in_order_and_as_often_as_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr("warehouse.spool._TOGETHER", 3)
    given = [sample(f"{k}") for k in range(count)]
    spool: Spool[Sample] = Spool(tmp_path / "new")
    spool.extend(given)
    assert (len(spool), list(spool), list(spool)) == (count, given, given)
    assert [(a, b) for a in spool for b in spool] == [(a, b) for a in given for b in given]
    spool.append(sample("last"))
    assert [s.sample_id for s in spool][-1:] == ["last"]
    assert list((tmp_path / "new").iterdir()) == []  # a file without a name
