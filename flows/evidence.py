"""Questions and novels in; verdicts and passages with the words looked for in bold, or JSON lines, out."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.text import Text

from flows.console import out, say
from flows.rows import text_output
from warehouse.evidence.check import Checked, check_one, claim_terms
from warehouse.evidence.claims import claim_of
from warehouse.evidence.highlight import highlights
from warehouse.evidence.novel import Novel
from warehouse.evidence.support import EvidenceConfig


def show_evidence(question: Mapping[str, Any], novels: Sequence[Novel]) -> None:
    """The verdict on one question, its reason, and the passages with the words looked for in bold."""
    checked = check_one(question, novels, EvidenceConfig())
    out.print(f"[bold]{checked.support}[/bold]  ", end="")
    out.print(checked.reason, markup=False)
    for novel in (novel for novel in novels if novel.document_id == checked.document_id):
        labels = [term.label for term in claim_terms(claim_of(question), novel) if len(term.positions)]
        for passage in checked.passages:
            text = novel.index.text[passage.char_start : passage.char_end]
            shown = Text(text)
            for start, end in highlights(text, labels, novel.people):
                shown.stylize("bold yellow", start, end)
            out.print(
                f"《{novel.titles[0]}》 chapter {passage.chapter}, characters {passage.char_start}–{passage.char_end}, "
                f"score {passage.score}",
                markup=False,
            )
            out.print(shown)


def write_checked(questions: Sequence[Mapping[str, Any]], checked: Sequence[Checked], output: Path | None) -> None:
    """The questions as JSON lines, each with its support, the reason, and its passages."""
    with text_output(output) as stream:
        for question, found in zip(questions, checked, strict=True):
            told = {"support": found.support, "reason": found.reason, "passages": [asdict(p) for p in found.passages]}
            stream.write(json.dumps({**question, **told}, ensure_ascii=False) + "\n")
    counted = Counter(found.support for found in checked)
    say(", ".join(f"{n:,} {support}" for support, n in sorted(counted.items())) or "no questions")
