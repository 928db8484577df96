"""Below the confidence that is asked for, an utterance keeps its words and loses its speaker."""

from dataclasses import replace

from tiny import said

from extractors.abstain import abstain_below


def test_only_the_unsure_speaker_goes() -> None:
    sure, unsure = replace(said(10, "曹操", "是。"), confidence=0.9), replace(said(30, "刘备", "然。"), confidence=0.4)
    assert list(abstain_below([sure, unsure], 0.5)) == [
        sure,
        replace(unsure, speaker="", speaker_mention="", mention_start=None, addressee=""),
    ]
    assert list(abstain_below([sure, unsure], 0.0)) == [sure, unsure]
