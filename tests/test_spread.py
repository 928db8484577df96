"""Rows that are tokenised in parts, elsewhere, give what they give at once, here."""

import pickle
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from tiny_model import hand_rows, tiny_tokenizer

from flows.engine.choose import Lent
from flows.engine.config import EngineConfig
from train import spread
from train.lengths import length_table
from train.tokenise import TokenConfig, encode_rows
from warehouse.kit import BadInput

PARTS: list[int] = []


def elsewhere(function: Callable[[Any], Any], items: Iterable[Any], /) -> Iterable[Any]:
    """As another machine would: function and items as bytes, and back."""
    for item in items:
        PARTS.append(len(item))
        there, given = pickle.loads(pickle.dumps((function, item)))
        yield pickle.loads(pickle.dumps(there(given)))


@pytest.mark.parametrize("part", [1, 7, 23, 24])
def test_parts_change_nothing(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, tokenizer, tokens = hand_rows(24), tiny_tokenizer(), TokenConfig(max_length=60)
    expected, table = encode_rows(rows, tokenizer, tokens), length_table(rows, tokenizer, 60)
    monkeypatch.setattr(spread, "PART", part)
    PARTS.clear()
    assert encode_rows(rows, tokenizer, tokens, elsewhere) == expected
    assert sum(PARTS) == (24 if part < 24 else 0)  # a single part stays here
    assert length_table(rows, tokenizer, 60, elsewhere) == table
    assert encode_rows([], tokenizer, tokens, elsewhere)[0] == []
    with pytest.raises(BadInput, match=f"row {rows[0].sample_id} has"):
        encode_rows(rows, tokenizer, TokenConfig(max_length=2, overlong="refuse"), elsewhere)


def test_what_a_flow_lends_is_this_process_on_local() -> None:
    assert [*Lent(EngineConfig(workers=4))(lambda n: n * 2, [1, 2])] == [2, 4]  # a lambda could go nowhere else
