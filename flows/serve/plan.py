"""configs/schedule.toml in, one frozen plan of what runs when out; `prefect.yaml` says the same for Prefect's own commands."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from corpora.errors import BadInput
from corpora.settings import read_toml, settings
from flows.notify.channel import NotifyConfig, address_of, secret_of

Job = Literal["curate", "retrain", "crawl", "tidy"]
JOBS = "flows.serve.jobs"
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ServerConfig:
    """Where the Prefect server listens that is started unless PREFECT_API_URL names one."""

    host: str = "127.0.0.1"
    port: int = 4200

    def __post_init__(self) -> None:
        if not 0 < self.port < 65536:
            raise ValueError(f"port is {self.port}; give one from 1 to 65535")


@dataclass(frozen=True)
class Deployment:
    """One line of the schedule: which job, when, on what, and what to do about a run that is late, long or fails."""

    name: str
    job: Job
    cron: str  # minute hour day month weekday
    timezone: str = "UTC"
    config: str = ""  # of curate, retrain and tidy; that of the bundled sample by default
    spider: str = ""  # of crawl
    backup: str = ""  # of tidy: a folder that gets a backup of every run
    tags: tuple[str, ...] = ()
    overlap: Literal["skip", "queue"] = "skip"  # a run whose turn comes while the one before it still runs
    max_lateness_h: float = 12.0
    timeout_h: float = 12.0  # of one attempt
    retries: int = 2
    retry_s: float = 60.0  # the first pause; each further one is twice as long, all of them up to half as long again

    def __post_init__(self) -> None:
        try:
            CronSim(self.cron, _ANY_DAY)
            ZoneInfo(self.timezone)
        except CronSimError as error:
            raise ValueError(f"cron {self.cron!r}: {error}; write minute hour day month weekday") from None
        except (KeyError, ValueError, OSError):
            raise ValueError(f"timezone {self.timezone!r} is unknown; write Asia/Shanghai, or UTC") from None
        if len(self.cron.split()) != 5:
            raise ValueError(
                f"cron {self.cron!r} has {len(self.cron.split())} fields; write minute hour day month weekday"
            )
        if bool(self.spider) != (self.job == "crawl"):
            raise ValueError("spider goes with job = 'crawl', and that with a spider")
        if self.backup and self.job != "tidy":
            raise ValueError("backup goes with job = 'tidy'")
        if min(self.max_lateness_h, self.timeout_h) <= 0 or self.retries < 0 or self.retry_s < 0:
            raise ValueError("max_lateness_h and timeout_h are above 0, retries and retry_s 0 or more")

    @property
    def entrypoint(self) -> str:
        """The flow that a run of it calls, as an import path."""
        return f"{JOBS}.{self.job}_job"

    def parameters(self, schedule: Path, home: Path) -> dict[str, Any]:
        """What the flow is called with, as JSON holds it."""
        own = {
            key: str(Path(value).absolute())
            for key, value in (("config", self.config), ("spider", self.spider), ("backup", self.backup))
            if value
        }
        return {**own, "schedule": str(schedule.absolute()), "deployment": self.name, "home": str(home.absolute())}


@dataclass(frozen=True)
class Plan:
    """The whole schedule."""

    deployment: tuple[Deployment, ...]
    server: ServerConfig = field(default_factory=ServerConfig)
    notify: tuple[NotifyConfig, ...] = ()

    def __post_init__(self) -> None:
        names = [one.name for one in self.deployment]
        if not names:
            raise ValueError("there is no [[deployment]]; add one")
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise ValueError(f"two deployments are called {twice[0]!r}; give each a name of its own")
        if any(not name or set(name) & set("/%&<> ") for name in names):
            raise ValueError("a deployment's name is neither empty nor has one of / % & < > or a space in it")

    def named(self, name: str) -> Deployment:
        """The deployment of that name. Raises BadInput where there is none."""
        for one in self.deployment:
            if one.name == name:
                return one
        raise BadInput(f"the schedule has no deployment {name!r}; it has {', '.join(d.name for d in self.deployment)}")


def read_plan(path: Path) -> Plan:
    """The plan in the file. Raises BadInput on any key it does not know, and where a file that it names is not there."""
    plan = plan_in(path)
    for one in plan.deployment:
        for key, value in (("config", one.config), ("spider", one.spider)):
            if value and not Path(value).is_file():
                raise BadInput(f"{path}: deployment {one.name!r}: {key}: there is no file {value}; correct the path")
    return plan


def plan_in(path: Path) -> Plan:
    """The same, wherever one stands: paths of a schedule begin in the folder from which it is served."""
    return settings(Plan, read_toml(path), str(path))


def check_jobs(plan: Plan) -> None:
    """Raises BadInput where a config, a registry, a spider or a webhook that the plan names is wrong: before a server is
    started."""
    from corpora.crawl.spider import read_spider
    from flows.config import read_config
    from flows.curate import sources_of, spiders_of

    for channel in plan.notify:
        if channel.url_env:
            address_of(channel)
        if channel.secret_env:
            secret_of(channel)
    for one in plan.deployment:
        if one.job == "crawl":
            read_spider(Path(one.spider))
            continue
        config = read_config(Path(one.config) if one.config else None)
        if one.job == "curate":
            sources_of(config.registries)
            spiders_of(config.crawl)
