"""Texts in, pairs of near-duplicates among them out: those found before looked up, those of new texts found and kept."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpora.files import stable_id
from warehouse.engine import HERE, Engine
from warehouse.near import NearPair, near_pairs
from warehouse.signatures.config import NearConfig
from warehouse.signatures.join import join_part
from warehouse.signatures.parts import Block, digests, write_block
from warehouse.signatures.store import Limits, SignatureStore, open_store

PairFinder = Callable[[Sequence[str], NearConfig], Iterable[NearPair]]

_BLOCK = 20_000  # texts
_LIMITS = Limits()
_UNKNOWN = "SELECT position FROM given ANTI JOIN old_firsts USING (high, low) ORDER BY position"
_PAIRS = """
    WITH here AS (SELECT position, first FROM given JOIN old_firsts USING (high, low))
    SELECT least(l.position, r.position) AS a, greatest(l.position, r.position) AS b, similarity
    FROM old_pairs JOIN here l ON l.first = "left" JOIN here r ON r.first = "right" ORDER BY a, b"""


def known_pairs(folder: Path, least: int = 100_000, engine: Engine = HERE) -> PairFinder:
    """What finds the pairs that `near_pairs` finds, but compares only those texts with all others that it has not met.

    What it knows lies in `folder`, by text and by settings. Fewer texts than `least` are compared anew each time, which
    takes a second and less memory than what is stored takes to read.
    """

    def find(texts: Sequence[str], config: NearConfig) -> Iterable[NearPair]:
        if len(texts) < least:
            return near_pairs(texts, config)
        store = open_store(folder / stable_id(sorted(asdict(config).items())), config)
        digest = digests(texts)
        given = pa.table({"position": np.arange(len(texts)), "high": digest[:, 0], "low": digest[:, 1]})
        with store.alone():
            if len(new := _ask(store, given, _UNKNOWN)["position"]):
                _add(store, [texts[position] for position in new], engine)
        pairs = _ask(store, given, _PAIRS)
        return map(NearPair, *(pairs[name].tolist() for name in ("a", "b", "similarity")))

    return find


def _ask(store: SignatureStore, given: pa.Table, query: str) -> dict[str, npt.NDArray[Any]]:
    with store.connection(_LIMITS) as connection:
        connection.register("given", given)
        return connection.execute(query).fetchnumpy()  # type: ignore[return-value]  # numbers are never a Categorical


@dataclass(frozen=True, slots=True)
class _Some:
    folder: Path
    number: int
    base: int  # row number of the first
    texts: Sequence[str]
    config: NearConfig


def _sign(some: _Some) -> None:
    rows = range(some.base, some.base + len(some.texts))
    write_block(some.folder, some.number, Block(rows, [""] * len(rows), some.texts), some.config)


def _add(store: SignatureStore, texts: Sequence[str], engine: Engine) -> None:
    base = store.next_row()
    with store.adding() as part:
        blocks = (
            _Some(part.absolute(), number, base + first, texts[first : first + _BLOCK], store.config)
            for number, first in enumerate(range(0, len(texts), _BLOCK))
        )
        deque(engine.map(_sign, blocks), maxlen=0)
        (part / "part.json").write_text(f'{{"next_row": {base + len(texts)}}}', encoding="utf-8")
        with store.connection(_LIMITS) as connection:
            join_part(connection, part, store.parts(), base, store.config, _LIMITS, engine)
