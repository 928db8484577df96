"""A run's TOML file in, one frozen config for the whole pipeline out.

Each table is the dataclass that stands beside its user; an unknown key anywhere is refused by name.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

from corpora.crawl.spider import CrawlConfig
from corpora.settings import read_toml, settings
from eval.generate import GenerateConfig
from train.adapters import AdapterConfig
from train.embedded import EmbeddedConfig
from train.finetune import TrainConfig
from train.tokenise import TokenConfig
from warehouse.curate import CurateConfig
from warehouse.training_set import BuildConfig

DEFAULT = Path(__file__).parent.parent / "configs" / "sample.toml"


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides what `huaben run` makes."""

    registries: tuple[str, ...]  # bundled names or paths of registry files
    base: str = "embedded"  # a Hugging Face name, a folder, or the small model trained in place
    crawl: CrawlConfig = field(default_factory=CrawlConfig)
    curate: CurateConfig = field(default_factory=CurateConfig)
    build: BuildConfig = field(default_factory=BuildConfig)
    tokens: TokenConfig = field(default_factory=TokenConfig)
    embedded: EmbeddedConfig = field(default_factory=EmbeddedConfig)
    adapter: AdapterConfig = field(default_factory=AdapterConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    generate: GenerateConfig = field(default_factory=GenerateConfig)


def read_config(path: Path | None, base: str = "") -> RunConfig:
    """The config in the file, by default that of the bundled sample, with another base if one is named.

    Raises BadInput on any key it does not know.
    """
    path = path or DEFAULT
    config = settings(RunConfig, read_toml(path), str(path))
    return replace(config, base=base) if base else config
