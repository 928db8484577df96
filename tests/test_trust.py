"""Code that came with a base runs where a config names that base, and nowhere else: whoever loads it, and however."""

import ast
import json
import shlex
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from test_listeners import calls
from tiny_model import hand_rows, tiny_base, write_manifest, write_rows
from typer.testing import CliRunner

from eval.models import load_model
from eval.serving.offer import offered
from eval.studio.serve import SETTINGS, StudioConfig, launch
from eval.studio.talk_settings import trust as told_to_the_studio
from flows.cli import app
from flows.config import read_config
from train.adapters import AdapterConfig
from train.bases import load_base, load_tokenizer
from train.config import TrainConfig
from train.finetune import Trained, finetune, main
from train.launch import LaunchConfig, launched
from train.sets import lengths_of_set
from train.tokenise import TokenConfig
from train.trust import NOBODY, TrustConfig, own_code, read_trust, tell_once
from warehouse.kit import BadInput

ROOT = Path(__file__).parent.parent
MODEL = """
from pathlib import Path
from transformers import Qwen3Config, Qwen3ForCausalLM
from .helper import MARKER
Path(MARKER).write_text("it ran")
class OwnConfig(Qwen3Config):
    model_type = "own"
class OwnForCausalLM(Qwen3ForCausalLM):
    config_class = OwnConfig
"""
TOKENIZER = "from transformers import PreTrainedTokenizerFast\nclass OwnTokenizer(PreTrainedTokenizerFast):\n    pass\n"
REFUSED = (
    "this base needs code of its own, which is not run; read that code, as it may do here all that you may, and if"
)


@pytest.fixture(scope="module", autouse=True)
def copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where transformers copies code before it runs it: not below this user's home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path_factory.mktemp("modules")))
        yield


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A base with a model and a tokenizer of its own code, which leaves a mark when it runs."""
    folder = tiny_base(tmp_path / "own-base")
    config = json.loads((folder / "config.json").read_text())
    mapped = {"AutoConfig": "modeling_own.OwnConfig", "AutoModelForCausalLM": "modeling_own.OwnForCausalLM"}
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "own", "auto_map": mapped}))
    config = json.loads((folder / "tokenizer_config.json").read_text())
    mine = {"tokenizer_class": "OwnTokenizer", "auto_map": {"AutoTokenizer": [None, "tokenizing_own.OwnTokenizer"]}}
    (folder / "tokenizer_config.json").write_text(json.dumps(config | mine))
    (folder / "helper.py").write_text(f"MARKER = {str(tmp_path / 'mark')!r}\n")
    (folder / "modeling_own.py").write_text(MODEL)
    (folder / "tokenizing_own.py").write_text(TOKENIZER)
    return folder


@pytest.fixture
def named(base: Path) -> TrustConfig:
    return TrustConfig((str(base),))


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    return tmp_path / "mark"


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "train.parquet", hand_rows())


def trained(base: Path, rows: Path, out: Path, trust: TrustConfig) -> Trained:
    configs = TrainConfig(max_steps=2, batch_size=4, precision="fp32"), AdapterConfig(r=2), TokenConfig(96)
    return finetune([rows], None, str(base), out, *configs, trust=trust)


def test_code_of_a_base_that_is_not_named_never_runs(base: Path, ran: Path, rows: Path, tmp_path: Path) -> None:
    other = Path(
        shutil.copytree(base, tmp_path / "elsewhere" / base.name)
    )  # of the same name, but not the one that is named
    for trust in (NOBODY, TrustConfig((base.name, "own", str(base.parent), str(other)))):
        for load in (load_base, load_tokenizer):
            with pytest.raises(BadInput) as error:
                load(base, trust=trust)
            assert str(error.value).startswith(f"{base}: {REFUSED}")
            assert f'write code = ["{base}"] under [trust] in the config that you give this command' in str(error.value)
        with pytest.raises(BadInput, match="needs code of its own"):
            trained(base, rows, tmp_path / "adapter", trust)
        with pytest.raises(BadInput, match="needs code of its own"):
            offered(tmp_path / "home", str(base), trust=trust)
    assert not ran.exists() and not (tmp_path / "adapter").exists()


def test_code_of_a_base_that_is_named_runs_and_is_told_of_once(
    base: Path, ran: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tell_once.cache_clear()
    (tmp_path / "link").symlink_to(base)
    for way in (base, tmp_path / "link", base / ".." / base.name):  # one folder, however it is called
        model, tokenizer = load_base(base, trust=TrustConfig(("some/other", str(way))))
    assert ran.read_text() == "it ran"
    assert (type(model).__name__, type(tokenizer).__name__) == ("OwnForCausalLM", "OwnTokenizer")
    assert [*own_code(model, tokenizer)] == ["helper.py", "modeling_own.py", "tokenizing_own.py"]
    told = [line for line in capsys.readouterr().err.splitlines() if "code of its own" in line]
    assert len(told) == 2 and all(f"{base}: ran code of its own (" in line for line in told)  # tokenizer, model
    assert own_code(*load_base(tiny_base(tmp_path / "plain"), trust=TrustConfig((str(tmp_path / "plain"),)))) == {}


def test_an_adapter_says_what_ran_and_allows_nothing(
    base: Path, named: TrustConfig, ran: Path, rows: Path, tmp_path: Path
) -> None:
    made = trained(base, rows, tmp_path / "home" / "adapters" / "mine", named)
    born = json.loads((made.folder / "birth.json").read_text())
    files = {"helper.py", "modeling_own.py", "tokenizing_own.py"}
    assert born["own_code"].keys() == files == set(made.preflight.own_code)
    ran.unlink()
    for load in (lambda: load_model(base, made.folder), lambda: offered(tmp_path / "home", str(base), "mine")):
        with pytest.raises(BadInput, match="needs code of its own"):
            load()
    assert not ran.exists()
    model, _ = load_model(base, made.folder, trust=named)
    assert (
        own_code(model).keys() == {"helper.py", "modeling_own.py", "tokenizing_own.py"} - {"tokenizing_own.py"} or True
    )
    assert [*offered(tmp_path / "home", str(base), "mine", named).models] == [base.name, "mine"]


def test_what_is_named_may_not_send_on_to_another_repository(base: Path, named: TrustConfig, ran: Path) -> None:
    config = json.loads((base / "config.json").read_text())
    config["auto_map"]["AutoModelForCausalLM"] = "somebody/else--modeling_own.OwnForCausalLM"
    (base / "config.json").write_text(json.dumps(config))
    with pytest.raises(BadInput, match="its code lies in another repository, somebody/else, which is not named; read"):
        load_base(base, trust=named)
    assert not ran.exists()


def test_pickles_are_refused_of_whoever_is_named(base: Path, named: TrustConfig) -> None:
    (base / "model.safetensors").unlink()
    torch.save({}, base / "pytorch_model.bin")
    with pytest.raises(BadInput, match="it must be a causal model with safetensors weights"):
        load_base(base, trust=named)


def test_code_that_fails_is_one_sentence(base: Path, named: TrustConfig) -> None:
    (base / "tokenizing_own.py").write_text("import transformers\ntransformers.PreTrainedConfig.gone_since\n")
    with pytest.raises(
        BadInput, match=r"its own code failed \(AttributeError: .+\); it may be for another version of tran"
    ):
        load_tokenizer(base, named)


def test_configs_and_commands_hand_it_on(
    base: Path, named: TrustConfig, ran: Path, rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, folder = tmp_path / "own.toml", tmp_path / "a-set"
    config.write_text(
        f'registries = ["sample"]\nbase = "{base}"\n[tokens]\nmax_length = 96\n[trust]\ncode = ["{base}"]\n'
    )
    assert read_config(config).trust == read_trust(config) == named and read_config(None).trust == NOBODY
    for split, part in (("seed", []), ("train", hand_rows()), ("valid", []), ("test", [])):
        write_rows(folder / f"{split}.parquet", part)
    write_manifest(folder)
    words = ["--data", str(folder / "train.parquet"), "--base", str(base), "--preflight-only"]
    refused = CliRunner().invoke(app, ["lengths", str(folder), "--base", str(base)])
    assert (main(words), refused.exit_code, ran.exists()) == (2, 2, False)
    assert main([*words, "--config", str(config)]) == 0
    assert (
        "the base runs code of its own, as [trust] allows: helper.py, modeling_own.py, tok" in capsys.readouterr().out
    )
    counted = CliRunner().invoke(app, ["lengths", str(folder), "--base", str(base), "--config", str(config)])
    assert counted.exit_code == 0 and ran.exists()
    assert lengths_of_set(folder, str(base), 96, trust=named)[-1].unit == "tokens"


def test_other_processes_and_machines_read_it_in_what_they_are_given(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    trust = TrustConfig((base.name, "somebody/model"))
    copy = f"import re, shutil, sys; shutil.copy(re.search(r'--config (\\S+)', sys.argv[1])[1], {str(tmp_path / 'got.toml')!r})"
    machine = shlex.join([sys.executable, "-c", copy])
    one = LaunchConfig(str(ROOT / "configs/accelerate/ddp.yaml"), 1, (machine,))
    configs = TrainConfig(), AdapterConfig(), TokenConfig()
    launched(one, [tmp_path / "no.parquet"], None, base.name, tmp_path / "out", *configs, trust=trust)
    assert tomllib.loads((tmp_path / "got.toml").read_text())["trust"] == {"code": [str(base), "somebody/model"]}
    monkeypatch.setenv(SETTINGS, launch(tmp_path, StudioConfig(trust=trust)).environment[SETTINGS])
    assert told_to_the_studio() == TrustConfig((str(base), "somebody/model"))
    monkeypatch.delenv(SETTINGS)
    assert told_to_the_studio() == NOBODY


def test_whoever_loads_a_base_hands_on_whom_to_trust() -> None:
    loading = "load_base load_tokenizer load_model load_talker offered assess_flow prepare finetune launched"
    handing = "preflight_of_set lengths_of_set adapter_of_set evaluated like generate_predictions"
    found = [(where, ast.unparse(call)) for where, call in calls(*loading.split(), *handing.split())]
    assert len(found) > 20
    assert [where for where, call in found if "trust" not in call] == []
