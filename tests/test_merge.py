"""A merged model answers as its adapter does, or is not written; both load in plain peft and transformers."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from main_job import Job
from peft import PeftModel
from tiny_model import hand_rows, tiny_base, write_rows
from transformers import AutoModelForCausalLM, AutoTokenizer

import train.merge
from train.adapters import AdapterConfig
from train.config import TrainConfig
from train.finetune import finetune
from train.merge import MergeConfig, merge, mergeable, spread
from train.tokenise import TokenConfig
from warehouse.kit import BadInput

STEPS = TrainConfig(max_steps=3, batch_size=6, learning_rate=5e-2, precision="fp32")
README = Path(__file__).parent.parent / "README.md"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture(scope="module")
def adapter(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    rows = write_rows(folder / "train.parquet", hand_rows())
    return finetune([rows], None, str(base), folder / "mine", STEPS, AdapterConfig(r=4), TokenConfig(96)).folder


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        return model.eval()(input_ids=torch.tensor([[5, 6, 7, 8, 9]])).logits


def test_a_merged_model_is_the_adapters_in_plain_transformers(base: Path, adapter: Path, tmp_path: Path) -> None:
    done = merge(adapter, base, tmp_path / "whole", hand_rows(12, 50), MergeConfig(prompts=5, max_new_tokens=6))
    assert done.prompts == 5
    assert 5 <= done.tokens <= 30
    plain = AutoModelForCausalLM.from_pretrained(base)
    tuned = logits(PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), str(adapter)))
    assert torch.allclose(logits(AutoModelForCausalLM.from_pretrained(done.folder)), tuned, atol=1e-4)
    assert not torch.allclose(logits(plain), tuned, atol=1e-2)
    assert AutoTokenizer.from_pretrained(done.folder).chat_template
    told = json.loads((done.folder / "merged.json").read_text(encoding="utf-8"))
    assert (told["adapter"], told["prompts"], told["base"]["name"]) == ("mine", 5, "tiny")
    with pytest.raises(BadInput, match="something is there already"):
        merge(adapter, base, done.folder, hand_rows(3), MergeConfig())


def test_a_merge_that_answers_otherwise_is_not_written(
    base: Path, adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(tuned: Any, **options: Any) -> Any:
        whole = tuned.base_model.merge_and_unload(**options)
        with torch.no_grad():
            whole.lm_head.weight.copy_(whole.lm_head.weight.flip(0))
        return whole

    monkeypatch.setattr(PeftModel, "merge_and_unload", spoilt, raising=False)
    with pytest.raises(BadInput, match=r"merged, it answers \d+ of 4 prompts otherwise \(first [0-9a-f]{16}; rounding"):
        merge(adapter, base, tmp_path / "whole", hand_rows(8), MergeConfig(prompts=4, max_new_tokens=6))
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_merged_is_refused_before_loading(
    base: Path, adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tiny_base(tmp_path / "other", None)
    with pytest.raises(BadInput, match="was made on the base tiny"):
        merge(adapter, other, tmp_path / "whole", hand_rows(3), MergeConfig())
    monkeypatch.setattr(train.merge, "load_base", lambda *given: pytest.fail("the base was loaded"))
    born = json.loads((adapter / "birth.json").read_text(encoding="utf-8"))
    for method, words in (
        ("prefix", "no weight of the base can hold"),
        ("ptuning", "before the prompt"),
        ("full", "a whole model"),
    ):
        born["config"]["adapter"]["method"] = method
        (tmp_path / "birth.json").write_text(json.dumps(born))
        with pytest.raises(BadInput, match=words):
            mergeable(tmp_path)
    with pytest.raises(BadInput, match=r"no birth\.json there"):
        merge(tmp_path / "absent", base, tmp_path / "whole", hand_rows(3), MergeConfig())


def test_prompts_are_spread_over_the_rows() -> None:
    rows = hand_rows(10)
    assert spread(rows, 4) == [rows[0], rows[2], rows[5], rows[7]]
    assert spread(rows, 10) == spread(rows, 99) == rows
    with pytest.raises(ValueError, match="at least 1"):
        replace(MergeConfig(), prompts=0)


def test_the_three_lines_of_the_readme_load_it(base: Path, adapter: Path) -> None:
    for page in (README, README.with_name("README.zh.md")):
        (lines,) = re.findall(r"```python\n(from peft .*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
        assert len([line for line in lines.splitlines() if line]) == 3
        names: dict[str, Any] = {"BASE": str(base), "ADAPTER": str(adapter)}
        exec(lines, names)
        assert isinstance(names["model"], PeftModel)


@pytest.mark.slow
def test_the_command_finds_base_and_prompts_by_itself(job: Job, tmp_path: Path) -> None:
    (adapter,) = (job.home / "adapters").iterdir()
    done = job.huaben("merge", str(adapter), str(tmp_path / "whole"), "--prompts", "2", "--max-new-tokens", "8")
    assert done.returncode == 0, done.stderr
    assert f"answers as {adapter.name} does, 2 prompts," in " ".join(done.stdout.split())
    assert (tmp_path / "whole" / "model.safetensors").is_file()
    trained = job.huaben("train", "--config", str(job.config), "--from", str(tmp_path), "--preflight-only")
    assert trained.returncode == 2
    assert "--from takes the folder of an adapter that huaben trained" in " ".join(trained.stderr.split())
