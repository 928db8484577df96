"""Every planted bad row is named with its place and the reason, and nothing is written for it."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_model import hand_rows, row, tiny_base, tiny_tokenizer, turns, write_manifest, write_rows

import train.preflight
import train.prepare
from train.adapters import AdapterConfig
from train.batches import Collator
from train.config import TrainConfig
from train.dry_run import Fit
from train.finetune import main
from train.preflight import (
    OTHER_LABELS,
    OTHER_PROMPT,
    SHOWN,
    UNENDED,
    UNSUPERVISED,
    Fault,
    Preflight,
    encoded_faults,
    refuse,
    row_faults,
    token_fault,
    told,
)
from train.prepare import checked_rows, prepare
from train.rows import Row
from train.tokenise import EMPTY, IGNORED, Encoded, TokenConfig, encode_rows
from warehouse.kit import BadInput

TOKENS = TokenConfig(max_length=200)
CONFIGS = TrainConfig(batch_size=6, precision="fp32"), AdapterConfig(r=2), TOKENS
CARD = "你是《三国演义》中的刘备。刘备说过：“备乃中山靖王之后。”"
SCENE = Row(
    f"{70:016x}",
    "roleplay",
    turns("张飞曰：“何故叹息？”", "备乃汉室宗亲。", "关羽曰：“愿从兄长。”", system=CARD),
    "吾得二贤弟，大事可成！",
    question_type="multi_turn",
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes a training set: the rows given to train on, six to measure on, three to test with."""

    def write(train_rows: Sequence[Row]) -> Path:
        made = tmp_path / "sets" / "by-hand-00c0ffee"
        write_rows(made / "train.parquet", train_rows)
        write_rows(made / "valid.parquet", [replace(row, cluster_id=f"v{n}") for n, row in enumerate(hand_rows(6, 30))])
        write_rows(made / "test.parquet", [replace(row, cluster_id=f"t{n}") for n, row in enumerate(hand_rows(3, 40))])
        write_manifest(made)
        return made

    return write


def named(error: BadInput) -> list[str]:
    return [line.strip() for line in str(error).splitlines()[1:]]


def test_each_row_that_is_held_out_is_named(folder: Callable[..., Path]) -> None:
    valid, test = hand_rows(6, 30), hand_rows(3, 40)
    made = folder(
        [
            *hand_rows(4),
            test[1],  # as it stands
            replace(valid[2], sample_id="a" * 16),  # under another name
            replace(row(50, "谁？", "云长。"), cluster_id="t2"),  # its near-copy
            hand_rows(4)[0],  # twice
            replace(row(51, "谁？", "翼德。"), cluster_id=""),
        ]
    )
    with pytest.raises(BadInput) as error:
        checked_rows([made / "train.parquet"], None)
    assert str(error.value).startswith(
        "preflight: 4 of 9 rows must not be trained on; build the set again without them:"
    )
    assert named(error.value) == [
        f"train.parquet row 5 ({test[1].sample_id}): it is held out: test.parquet row 2",
        f"train.parquet row 6 ({'a' * 16}): its prompt and answer are held out: valid.parquet row 3",
        f"train.parquet row 7 ({50:016x}): it is a near-copy of what is held out: test.parquet row 3 has its cluster_id",
        f"train.parquet row 8 ({0:016x}): its sample_id is that of train.parquet row 1",
    ]


def test_without_clusters_or_held_out_rows_nothing_is_found() -> None:
    rows = hand_rows(5)
    places = [f"row {n}" for n in range(5)]
    assert row_faults(rows, places, []) == []
    assert row_faults(rows, places, [(found, "there") for found in hand_rows(3, 9)]) == []


@pytest.mark.parametrize(
    ("ids", "labels", "reason"),
    [
        ([5, 6, 7, 2], [-100, -100, 7, 2], ""),
        ([5, 6, 7, 2], [-100, -100, -100, -100], UNSUPERVISED),
        ([5, 6, 7, 2], [-100, -100, 7, -100], UNENDED),  # what masking all padding does where the end is the padding
        ([5, 6, 7, 8], [-100, -100, 7, 8], UNENDED),  # an answer that was cut
        ([5, 6, 7, 2], [-100, -100, 9, 2], OTHER_LABELS),
        ([5, 6, 7, 9, 2], [-100, -100, 7, -100, 2], OTHER_LABELS),
        ([5, 4, 7, 2], [-100, -100, 7, 2], OTHER_PROMPT),
        ([5, 6, 7, 2], [-100, 6, 7, 2], OTHER_PROMPT),  # supervised on its prompt
        ([1, 5, 6, 7, 2], [-100, -100, -100, 7, 2], OTHER_PROMPT),
    ],
)
def test_tokens_by_hand(ids: list[int], labels: list[int], reason: str) -> None:
    assert token_fault(ids, labels, [5, 6], 2) == reason


def faults(rows: Sequence[Row], change: Callable[[Any], Any] = lambda found: found) -> list[Fault]:
    """What is found in the rows after their encoding was changed."""
    tokenizer = tiny_tokenizer()
    encoded, report = encode_rows(rows, tokenizer, TOKENS)
    places = [f"row {n}" for n in range(1, len(rows) + 1)]
    return encoded_faults(rows, places, [change(found) for found in encoded], report, tokenizer, TOKENS)


def test_rows_with_nothing_to_learn_are_named() -> None:
    rows = [*hand_rows(2), row(60, "谁？", ""), row(61, "谁？", " \n"), hand_rows(3)[2]]
    assert faults(rows) == [Fault(f"{60:016x}", "row 3", EMPTY), Fault(f"{61:016x}", "row 4", EMPTY)]


def test_conversations_cut_or_whole_are_in_order() -> None:
    long = replace(SCENE, sample_id="b" * 16, messages=turns(*["何故叹息？", "备乃汉室宗亲。"] * 12, "愿从兄长。"))
    rows = [SCENE, long, row(62, "何处人？" * 80, "解良。")]
    assert [found.cut for found in encode_rows(rows, tiny_tokenizer(), TOKENS)[0]] == ["", "turns", "text"]
    assert faults(rows) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda found: replace(found, input_ids=found.input_ids[:-1]), UNENDED),
        (lambda found: replace(found, prompt_length=len(found.input_ids)), UNSUPERVISED),
        (lambda found: replace(found, prompt_length=0), OTHER_PROMPT),
        (
            lambda found: replace(
                found, input_ids=array("i", [0, *found.input_ids]), prompt_length=found.prompt_length + 1
            ),
            OTHER_PROMPT,
        ),
    ],
)
def test_an_encoding_that_went_wrong_is_found_row_by_row(change: Callable[[Any], Any], reason: str) -> None:
    rows = hand_rows(70)  # more than are collated together
    spoilt = rows[66].sample_id
    assert faults(rows, lambda found: change(found) if found.sample_id == spoilt else found) == [
        Fault(spoilt, "row 67", reason)
    ]


def test_a_collator_that_hides_the_end_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels of -100 on all padding take the end with them where the tokenizer pads with its end."""

    class Hiding(Collator):
        def __call__(self, rows: Sequence[Encoded]) -> dict[str, Any]:
            batch = super().__call__(rows)
            batch["labels"][batch["input_ids"] == 2] = IGNORED
            return batch

    monkeypatch.setattr(train.preflight, "Collator", Hiding)
    assert {fault.reason for fault in faults(hand_rows(3))} == {UNENDED}


def test_only_so_many_are_named() -> None:
    refuse([], 9)
    with pytest.raises(BadInput) as error:
        refuse([Fault(str(n), f"row {n}", "why") for n in range(SHOWN + 3)], 1234)
    assert str(error.value).startswith(f"preflight: {SHOWN + 3} of 1,234 rows")
    assert named(error.value)[-1] == "and 3 more"
    assert len(named(error.value)) == SHOWN + 1


def test_nothing_is_loaded_for_rows_that_are_refused(
    folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def must_not_load(*given: object) -> None:
        raise AssertionError("the base was loaded")

    monkeypatch.setattr(train.prepare, "load_base", must_not_load)
    made = folder([*hand_rows(3), hand_rows(1, 40)[0]])
    with pytest.raises(BadInput, match="row 4"):
        prepare([made / "train.parquet"], None, "base", *CONFIGS)


def test_preflight_only_says_what_was_checked_and_writes_nothing(
    folder: Callable[..., Path], base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = folder([*hand_rows(8), SCENE, row(63, "谁？", "云长" * 150)])
    config = tmp_path / "c.toml"
    config.write_text('[train]\nbatch_size = 6\nprecision = "fp32"\n[adapter]\nr = 2\n[tokens]\nmax_length = 200\n')
    before = sorted(tmp_path.rglob("*"))
    words = ["--config", str(config), "--data", str(made / "train.parquet"), "--valid", str(made / "valid.parquet")]
    assert main([*words, "--base", str(base), "--preflight-only", "--out", str(tmp_path / "out")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("9 of 10 rows: each ends with a supervised end of turn")
    assert lines[1] == "none of them held out: compared with valid.parquet, test.parquet"
    assert lines[2].startswith("the longest batch, 6 rows of 1")
    assert lines[3].startswith("batches: packed, rows end to end, ")
    assert lines[4:] == [f"left out: {63:016x}: the answer alone is over the limit"]
    assert sorted(tmp_path.rglob("*")) == before

    write_rows(made / "train.parquet", [*hand_rows(8), row(64, "谁？", "")])
    write_manifest(made)
    assert main([*words, "--base", str(base), "--preflight-only"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith(f"without them:\n  train.parquet row 9 ({64:016x}): the answer is empty\n")
    assert sorted(tmp_path.rglob("*")) == before


def test_what_was_cut_is_told() -> None:
    longest = Fit(2, 90, 1, 2, "the machine's memory")
    done = Preflight(
        9, 9, {}, cut_turns=3, cut_text=1, held_out=(), unchecked=(), longest=longest, batches="batches: b"
    )
    cut = "cut to max_length: 3 rows by whole turns, 1 within their last turn; no answer"
    assert told(done)[3:] == ["batches: b", cut]
    assert told(replace(done, cut_turns=0, cut_text=0))[3:] == ["batches: b"]
