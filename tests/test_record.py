"""A run that lies whole in its folder has its row in the lake, also where a kill came between the two."""

from dataclasses import replace
from pathlib import Path

import pytest
from tiny import new_lake

import flows.record
from flows.record import record
from train.sets import SetAdapter
from warehouse.lake import reading, writing


def test_a_run_is_recorded_once_and_also_when_its_folder_was_there_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows.record, "step", lambda function, name, retries: function)
    home = new_lake(tmp_path / "lake")
    first = SetAdapter("one", home / "adapters" / "one", {"set": "s"}, {}, 3.25, False)
    killed = replace(first, run_id="two", seconds=0.0, done_before=True)
    for made in (first, killed, replace(first, seconds=0.0, done_before=True), killed):
        record(made, "train", {"steps": 4}, home)
    with reading(home) as lake:
        rows = lake.connection.execute("SELECT * FROM runs ORDER BY run_id").fetchall()
    assert rows == [
        ("one", "train", '{"set": "s"}', '{"steps": 4}', 3.25),
        ("two", "train", '{"set": "s"}', '{"steps": 4}', 0.0),
    ]
    with writing(home) as lake:
        assert lake.snapshot() == 3
