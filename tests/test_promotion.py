"""eval/promotion.py, eval/current.py and flows/promote.py: only what fell beyond its interval bars the way, and the record tells what was current."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from test_compare import answers, write_evaluation

from eval.compare import compare
from eval.current import current, current_adapter, promote, promotions, step_back
from eval.evaluations import models_of, read_evaluation
from eval.promotion import PromoteConfig, judge, refusal
from flows.promote import decide
from warehouse.kit import BadInput, settings


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_evaluation(tmp_path, "one", "first-lora", answers(0), answers(12), 2.5, at=1)
    write_evaluation(tmp_path, "two", "second-lora", answers(0), answers(20), 2.6, at=2)
    write_evaluation(tmp_path, "three", "third-lora", answers(0), answers(2), 2.5, at=3)
    return tmp_path


def adapter(home: Path, name: str) -> Path:
    return home / "adapters" / f"{name}-lora"


def test_what_fell_beyond_its_interval_is_named_with_its_numbers(home: Path) -> None:
    better, worse = (compare(models_of([*pair], home)) for pair in (("one", "two"), ("two", "three")))
    config = PromoteConfig(("exact", "quiz/single_choice/exact", "quiz/exact", "rouge_l"))
    assert [check.outcome for check in judge(better, 1, config)] == ["held"] * 4
    checks = judge(worse, 1, config)
    assert [check.outcome for check in checks] == ["worse"] * 4
    assert asdict(checks[0]) | {"low": 0, "high": 0} == {
        "name": "exact", "outcome": "worse", "n": 12, "before": pytest.approx(83.333333), "after": pytest.approx(8.333333),
        "low": 0, "high": 0,
    }  # fmt: skip
    assert refusal(checks[:1], "second-lora").startswith(
        "against second-lora: exact got worse, from 83.33 to 8.33 (95 % interval of the change -"
    )
    assert refusal(judge(better, 1, config), "first-lora") == ""


def test_a_fall_that_may_be_chance_bars_nothing(home: Path) -> None:
    write_evaluation(home, "four", "fourth-lora", answers(0), answers(19), 2.6)
    found = compare(models_of(["two", "four"], home))
    (check,) = judge(found, 1, PromoteConfig(("quiz/short_answer/rouge_l",)))
    assert check.after is not None
    assert check.before is not None
    assert check.after < check.before
    assert check.outcome == "held"


def test_forgetting_bars_the_way(home: Path) -> None:
    found = compare(models_of(["one", "two"], home))
    (strict,) = judge(found, 1, PromoteConfig(("probe_loss",), {}))
    assert (strict.outcome, strict.n, strict.low, strict.high) == ("worse", 52, 0.1, 0.1)
    for allowed, outcome in ((0.0, "worse"), (0.05, "worse"), (0.11, "held")):
        (check,) = judge(found, 1, PromoteConfig(("probe_loss",), {"probe_loss": allowed}))
        assert check.outcome == outcome
    lost = compare(models_of(["two", "three"], home))
    for allowed, outcome in ((40.0, "worse"), (99.0, "held")):
        (check,) = judge(lost, 1, PromoteConfig(("exact",), {"exact": allowed}))
        assert check.outcome == outcome


def test_what_was_not_measured_proves_nothing(home: Path) -> None:
    found = compare(models_of(["one", "two"], home))
    checks = judge(found, 1, PromoteConfig(("exact", "leaks", "roleplay/exact")))
    assert [check.outcome for check in checks] == ["held", "not measured", "not measured"]
    with pytest.raises(BadInput, match=r"none of the guarded metrics \(leaks\) could be measured on these 24 rows"):
        judge(found, 1, PromoteConfig(("leaks",)))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"guarded": []}, "guarded is empty"),
        ({"guarded": ["exactt"]}, "'exactt' is no metric; the metrics are rouge_1, .*probe_loss, probe_right"),
        ({"guarded": ["quiz/x/y/exact"]}, "write METRIC, TASK/METRIC or TASK/TYPE/METRIC"),
        ({"guarded": ["quiz/probe_loss"]}, "write METRIC"),
        ({"allowed": {"length_ratio": 0.1}}, "allowed 'length_ratio': give 0 or more, for a metric of which"),
        ({"allowed": {"exact": -1.0}}, "allowed 'exact': give 0 or more"),
    ],
)
def test_a_config_that_guards_nothing_known_is_refused(table: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        settings(PromoteConfig, table, "x.toml: promote")


def test_the_pile_goes_back_one_by_one_and_the_record_is_kept(home: Path) -> None:
    assert current(home) is None
    assert current_adapter(home) is None
    with pytest.raises(BadInput, match="no earlier adapter to go back to: nothing is promoted yet"):
        step_back(home)
    for name in ("first", "second", "third"):
        promote(home, adapter(home, name), "tiny")
    assert current_adapter(home) == adapter(home, "third")
    assert step_back(home).adapter == "adapters/second-lora"
    assert step_back(home).adapter == "adapters/first-lora"
    with pytest.raises(BadInput, match="adapters/first-lora is the first one"):
        step_back(home)
    promote(home, adapter(home, "third"), "tiny")
    assert step_back(home).adapter == "adapters/first-lora"
    assert [(line.event, line.adapter.split("/")[1][:5]) for line in promotions(home)] == [
        ("promote", "first"), ("promote", "secon"), ("promote", "third"), ("back", "secon"), ("back", "first"),
        ("promote", "third"), ("back", "first"),
    ]  # fmt: skip
    assert str(home) not in (home / "promotions.jsonl").read_text()  # the home folder can be moved


def test_an_adapter_that_is_no_longer_what_was_promoted_is_not_current(home: Path) -> None:
    promote(home, adapter(home, "first"), "tiny")
    weights = adapter(home, "first") / "adapter_model.safetensors"
    weights.write_bytes(b"trained again")
    with pytest.raises(
        BadInput, match="not the weights that were promoted; restore it, or promote another with --force"
    ):
        current_adapter(home)
    weights.unlink()
    with pytest.raises(BadInput, match="the current adapter is gone"):
        current_adapter(home)
    evaluation = read_evaluation(home / "evaluations" / "two")
    with pytest.raises(BadInput, match="the current adapter is gone"):
        decide(adapter(home, "second"), evaluation, home, PromoteConfig())
    assert decide(adapter(home, "second"), evaluation, home, PromoteConfig(("exact",)), force=True).promoted
    (home / "promotions.jsonl").write_text('{"at": 1}\n')
    with pytest.raises(BadInput, match=r"promotions\.jsonl is broken"):
        current(home)


def test_the_first_is_held_against_the_base_and_the_next_against_the_current(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    monkeypatch.setattr("flows.promote.write_comparison", lambda folder, _: written.append(folder) or folder / "r.html")
    guard = PromoteConfig(("exact", "rouge_l"))
    one, two, three = (read_evaluation(home / "evaluations" / name) for name in ("one", "two", "three"))
    first = decide(adapter(home, "first"), one, home, guard)
    assert (first.against, first.why_not) == ("tiny", "")
    second = decide(adapter(home, "second"), two, home, guard)
    assert (second.against, second.comparison.models[1].detail) == ("first-lora", "first-lora")
    assert second.promoted is not None
    assert [check["name"] for check in second.promoted.checks] == ["exact", "rouge_l"]
    assert second.page.parent == written[1] != written[0]
    refused = decide(adapter(home, "third"), three, home, guard)
    assert refused.why_not.startswith("against second-lora: exact got worse, from 83.33 to 8.33")
    assert refused.promoted is None
    assert current_adapter(home) == adapter(home, "second")
    again = decide(adapter(home, "second"), two, home, guard)
    assert (again.promoted, again.why_not) == (None, "")  # it is current already
    assert decide(adapter(home, "third"), three, home, guard, force=True, act=False).promoted is None
    forced = decide(adapter(home, "third"), three, home, guard, force=True)
    assert forced.promoted is not None
    assert forced.promoted.forced
    assert len(promotions(home)) == 3


def test_adapters_asked_otherwise_are_asked_again_alike(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current adapter's evaluation drew answers in another way: a new one is made like the candidate's."""
    promote(home, adapter(home, "first"), "tiny")
    two = read_evaluation(home / "evaluations" / "two")
    other = replace(two, inputs={**two.inputs, "generate": {"max_new_tokens": 5}})
    with pytest.raises(BadInput, match="hand-00c0ffee: the set that second-lora was evaluated on is gone"):
        decide(adapter(home, "second"), other, home, PromoteConfig())
    (home / "sets" / "hand-00c0ffee").mkdir(parents=True)
    asked: list[object] = []

    def made(*given: object, trust: object) -> object:
        asked.extend(given)
        return read_evaluation(home / "evaluations" / "one")

    monkeypatch.setattr("flows.promote.evaluated", made)
    decide(adapter(home, "second"), other, home, PromoteConfig(("exact",)))
    assert asked[0] == adapter(home, "first")
    assert asked[2] == home / "sets" / "hand-00c0ffee"
    assert getattr(asked[3], "max_new_tokens") == 5  # noqa: B009


def test_the_record_is_written_whole(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    promote(home, adapter(home, "first"), "tiny")
    before = (home / "promotions.jsonl").read_bytes()
    monkeypatch.setattr(json, "dumps", lambda *given, **named: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        promote(home, adapter(home, "second"), "tiny")
    assert (home / "promotions.jsonl").read_bytes() == before
