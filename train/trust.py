"""A config's list of repositories in; whether a base may run code that came with it, and which code that was, out.

    [trust]
    code = ["zai-org/glm-4-9b-chat"]       # names on the hub, letter for letter, or folders

Such code may do all that whoever started the command may do. So a config names it, never a file that came with a model.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from warehouse.kit import BadInput, read_toml, settings, sha256_file

_COPIED = "transformers_modules"  # the package into which transformers copies a base's code before it runs it


@dataclass(frozen=True)
class TrustConfig:
    """Whose Python code may run here: bases by their hub name, or by their folder."""

    code: tuple[str, ...] = ()

    def covers(self, base: str | Path) -> bool:
        """Whether that very base is named; a folder by whichever path leads to it."""
        if Path(base).is_dir():
            return any(Path(one).is_dir() and Path(one).samefile(base) for one in self.code)
        return str(base) in self.code

    def absolute(self) -> "TrustConfig":
        """The same for a process with another working folder."""
        return TrustConfig(tuple(str(Path(one).absolute()) if Path(one).is_dir() else one for one in self.code))


NOBODY = TrustConfig()


def read_trust(path: Path | None) -> TrustConfig:
    """The table [trust] of a TOML file; nobody where there is none."""
    return settings(TrustConfig, read_toml(path).get("trust", {}), f"{path}: [trust]") if path else NOBODY


def check_code(base: str, trust: TrustConfig) -> bool:
    """Whether the base may run its own code. Raises BadInput when it would run that of a further repository, not named."""
    if not trust.covers(base):
        return False
    from transformers import PreTrainedConfig  # a second to import, which those who load no model need not wait for
    from transformers.models.auto.tokenization_auto import get_tokenizer_config

    tables: list[Mapping[str, Any]] = [PreTrainedConfig.get_config_dict(base)[0], get_tokenizer_config(base)]
    for reference in (text for table in tables for text in _texts(table.get("auto_map"))):
        other, found, _ = reference.partition("--")
        if found and other != base and not trust.covers(other):
            raise BadInput(
                f"{base}: its code lies in another repository, {other}, which is not named; {how_to_trust(other)}"
            )
    return True


def how_to_trust(base: str) -> str:
    """What to do about a base that needs code of its own, as the end of a sentence."""
    return (
        f'read that code, as it may do here all that you may, and if you trust it, write code = ["{base}"] under [trust] in '
        "the config that you give this command with --config; or choose a base that transformers knows"
    )


def own_code(*loaded: object) -> dict[str, str]:
    """The files, with their SHA-256 in hex, of a base's own code that these models and tokenizers run; often none."""
    parts = [part for one in loaded for part in (one, getattr(one, "config", None))]
    parts += [
        one.get_base_model() for one in loaded if hasattr(one, "get_base_model")
    ]  # what peft has put an adapter on
    packages = {type(part).__module__.rpartition(".")[0] for part in parts}
    files = {
        Path(str(module.__file__))
        for name, module in list(sys.modules.items())
        if name.startswith(f"{_COPIED}.") and name.rpartition(".")[0] in packages and getattr(module, "__file__", None)
    }
    return {path.name: sha256_file(path) for path in sorted(files, key=lambda path: path.name)}


def code_in(base: str | Path, trust: TrustConfig) -> dict[str, str]:
    """The same, before anything is loaded, of a trusted base in a folder; of others none."""
    folder = Path(base)
    if not folder.is_dir() or not trust.covers(base):
        return {}
    return {path.relative_to(folder).as_posix(): sha256_file(path) for path in sorted(folder.rglob("*.py"))}


@cache
def tell_once(base: str, files: tuple[str, ...]) -> None:
    """A line on standard error, of one process of several, that the base ran code of its own."""
    if os.environ.get("RANK", "0") == "0":
        print(f"{base}: ran code of its own ({', '.join(files)}), as [trust] in the config allows", file=sys.stderr)


def _texts(value: Any) -> Iterator[str]:
    """Every text in what may be a text, a list or a table of them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
