"""The loss curve as a page and a picture, and the event files that TensorBoard reads."""

import json
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest
from transformers import TrainerControl, TrainerState, TrainingArguments

import train.curve
import train.tensorboard
from train.curve import curve_svg, points, write_curve
from train.tensorboard import SAID, event_files, events_folder

LINES: list[dict[str, float]] = [
    {"step": 0, "eval_loss": 6.0}, {"step": 5, "loss": 5.5, "learning_rate": 0.001}, {"step": 10, "loss": 4.0},
    {"step": 10, "eval_loss": 5.0},
]  # fmt: skip


def test_the_curves_are_the_figures() -> None:
    assert points(LINES) == {"loss": [(5, 5.5), (10, 4.0)], "eval_loss": [(0, 6.0), (10, 5.0)]}
    drawn = ElementTree.fromstring(curve_svg(LINES))
    lines = [
        [tuple(map(float, point.split(","))) for point in element.attrib["points"].split()]
        for element in drawn.iter("{http://www.w3.org/2000/svg}polyline")
    ]
    assert [len(line) for line in lines] == [2, 2]
    (_, (last, lowest)), ((first, highest), (end, _)) = lines
    assert end == last > first
    assert lowest > highest  # SVG counts from the top
    assert curve_svg([]) == ""
    assert "nan" not in curve_svg([{"step": 0, "eval_loss": 2.0}])


def test_the_page_stands_alone_and_the_picture_needs_matplotlib(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_curve(tmp_path, "mine & yours", LINES)
    page = (tmp_path / "loss.html").read_text(encoding="utf-8")
    assert "<h1>Loss of mine &amp; yours</h1>" in page
    assert "<tr><td>5</td><td></td><td>5.5</td><td>0.001</td></tr>" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")
    bare = tmp_path / "bare"
    bare.mkdir()
    monkeypatch.setattr(train.curve, "find_spec", lambda name: None)
    write_curve(bare, "mine", LINES)
    assert [path.name for path in bare.iterdir()] == ["loss.html"]


def test_without_tensorboard_it_says_so_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(train.tensorboard, "find_spec", lambda name: None)
    assert event_files(tmp_path / "mine", True, None) == []
    assert capsys.readouterr().err == f"{SAID}\n"
    assert event_files(tmp_path / "mine", False, None) == []
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(find_spec("tensorboard") is None, reason="the extra tensorboard is not installed")
def test_event_files_hold_every_figure(tmp_path: Path) -> None:
    (callback,) = event_files(tmp_path / "mine", True, None)
    for line in LINES:
        logs = {name: value for name, value in line.items() if name != "step"}
        state = TrainerState(global_step=int(line["step"]))
        callback.on_log(TrainingArguments(use_cpu=True), state, TrainerControl(), logs=logs)
    callback.on_train_end(TrainingArguments(use_cpu=True), TrainerState(), TrainerControl())
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(events_folder(tmp_path / "mine"))).Reload()
    held = [(event.step, event.value) for event in found.Scalars("eval_loss")]
    assert json.dumps(held) == "[[0, 6.0], [10, 5.0]]"
    assert {path.name for path in tmp_path.iterdir()} == {"mine.tensorboard"}
