"""A run's TOML file in, one frozen config for the whole pipeline out.

Each table is the dataclass that stands beside its user; an unknown key anywhere is refused by name.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from corpora.crawl.spider import CrawlConfig
from corpora.settings import read_toml, settings
from eval.decoding import GenerateConfig
from eval.promotion import PromoteConfig
from flows.engine.config import EngineConfig
from train.adapters import AdapterConfig
from train.config import TrainConfig
from train.embedded import EmbeddedConfig
from train.launch import LaunchConfig
from train.tokenise import TokenConfig
from train.trust import NOBODY, TrustConfig
from warehouse.assist.config import AssistConfig
from warehouse.curate import CurateConfig
from warehouse.retention import RetentionConfig
from warehouse.training_set import BuildConfig

DEFAULT = Path(__file__).parent.parent / "configs" / "sample.toml"


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides what `huaben run` makes."""

    registries: tuple[str, ...]  # bundled names or paths of registry files
    base: str = "embedded"  # a Hugging Face name, a folder, or the small model trained in place
    trust: TrustConfig = NOBODY  # bases whose own code may run
    engine: EngineConfig = field(default_factory=EngineConfig)
    crawl: CrawlConfig = field(default_factory=CrawlConfig)
    assist: AssistConfig = field(default_factory=AssistConfig)
    curate: CurateConfig = field(default_factory=CurateConfig)
    build: BuildConfig = field(default_factory=BuildConfig)
    tokens: TokenConfig = field(default_factory=TokenConfig)
    embedded: EmbeddedConfig = field(default_factory=EmbeddedConfig)
    adapter: AdapterConfig = field(default_factory=AdapterConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    launch: LaunchConfig = field(default_factory=LaunchConfig)  # of processes on several devices
    generate: GenerateConfig = field(default_factory=GenerateConfig)
    promote: PromoteConfig = field(default_factory=PromoteConfig)
    retention: RetentionConfig = field(default_factory=RetentionConfig)  # of huaben tidy


def read_config(path: Path | None, base: str = "", engine: str = "") -> RunConfig:
    """The config in the file, by default that of the bundled sample, with another base or kind of engine if one is named.

    Raises BadInput on any key it does not know.
    """
    path = path or DEFAULT
    config = settings(RunConfig, read_toml(path), str(path))
    if engine:
        table = {**asdict(config.engine), "kind": engine}
        config = replace(config, engine=settings(EngineConfig, table, "--engine"))
    return replace(config, base=base) if base else config


def with_benchmarks(config: RunConfig, paths: Sequence[Path]) -> RunConfig:
    """The config with these benchmark files beside those that it names itself."""
    against = dict.fromkeys([*config.curate.decontaminate.against, *map(str, paths)])
    decontaminate = replace(config.curate.decontaminate, against=tuple(against))
    return replace(config, curate=replace(config.curate, decontaminate=decontaminate))
