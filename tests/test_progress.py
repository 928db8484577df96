"""What bars leave in a log: lines of their own, none for what is quick."""

import pytest
from tqdm import tqdm

from corpora.progress import bar_manner, track


def test_a_log_holds_lines_and_nothing_of_what_is_quick(capsys: pytest.CaptureFixture[str]) -> None:
    assert [*track(range(3), "quick")] == [0, 1, 2]
    assert capsys.readouterr() == ("", "")
    with tqdm(total=2, desc="long", **bar_manner() | {"mininterval": 0, "delay": 0}) as bar:
        bar.update()
        bar.update()
    lines = capsys.readouterr().err.splitlines(keepends=True)
    assert [line[:9] for line in lines] == ["long:   0", "long:  50", "long: 100"]
    assert all(line.endswith("\n") and "\r" not in line for line in lines)
