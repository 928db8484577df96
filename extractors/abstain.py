"""Utterances in, the same without the speakers that the extractor is not sure enough of, out."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from extractors.extract import Record
from extractors.records import Utterance


def abstain_below(records: Iterable[Record], least: float) -> Iterator[Record]:
    """The records in order; an utterance whose confidence is below `least` has no speaker, mention or addressee.

    The row stays, so that coverage is traded for accuracy and no quotation is lost.
    """
    for record in records:
        if isinstance(record, Utterance) and record.speaker and record.confidence < least:
            record = replace(record, speaker="", speaker_mention="", mention_start=None, addressee="")
        yield record
