"""A schedule says what is wrong with it before anything starts, and prefect.yaml says the same."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from corpora.errors import BadInput
from flows.cli import app
from flows.serve.alive import state_folder
from flows.serve.plan import Deployment, read_plan

ROOT = Path(__file__).parent.parent
SCHEDULE = ROOT / "configs" / "schedule.toml"
LINE = '[[deployment]]\nname = "tidy"\njob = "tidy"\ncron = "0 6 * * 0"\n'


def said(tmp_path: Path, text: str) -> str:
    path = tmp_path / "s.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as error:
        read_plan(path)
    return str(error.value).replace(f"{path}: ", "")


def test_the_bundled_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    plan = read_plan(SCHEDULE)
    assert [(one.name, one.job, one.overlap) for one in plan.deployment] == [
        ("curate", "curate", "skip"), ("retrain", "retrain", "queue"), ("crawl-tiku", "crawl", "skip"), ("tidy", "tidy", "skip"),
    ]  # fmt: skip
    assert plan.server.host == "127.0.0.1"
    crawl = plan.named("crawl-tiku").parameters(SCHEDULE, Path("/srv/home"))
    assert json.loads(json.dumps(crawl)) == {
        "spider": str(ROOT / "configs/spider.toml"), "schedule": str(SCHEDULE), "deployment": "crawl-tiku", "home": "/srv/home",
    }  # fmt: skip


def test_prefect_yaml_deploys_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.cli.deploy._models import PrefectYamlModel

    monkeypatch.chdir(ROOT)
    model = PrefectYamlModel.model_validate(yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8")))
    theirs = {
        one.name: (
            one.entrypoint, sorted(one.tags), one.parameters, [(s.cron, s.timezone) for s in one.schedules],
            one.concurrency_limit.limit, one.concurrency_limit.collision_strategy,
        )
        for one in model.deployments
    }  # fmt: skip
    ours = {
        one.name: (
            f"flows/serve/jobs.py:{one.job}_job", sorted(["huaben", *one.tags]), relative(one), [(one.cron, one.timezone)],
            1, {"skip": "CANCEL_NEW", "queue": "ENQUEUE"}[one.overlap],
        )
        for one in read_plan(SCHEDULE).deployment
    }  # fmt: skip
    assert theirs == ours


def relative(one: Deployment) -> dict[str, str]:
    whole = one.parameters(SCHEDULE, ROOT / ".huaben")
    return {key: value.replace(f"{ROOT}/", "") for key, value in whole.items()}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "key 'deployment' is missing; add it"),
        ("deployment = []", "there is no [[deployment]]; add one"),
        (LINE + "overlaps = 'skip'", "deployment[0]: unknown key 'overlaps'; did you mean 'overlap'?"),
        (LINE + "overlap = 'both'", "deployment[0]: overlap is 'both'; choose one of skip, queue"),
        (LINE.replace("0 6", "61 6"), "deployment[0]: cron '61 6 * * 0': Bad minute; write minute hour day month weekday"),
        (LINE.replace("0 6", "0 0 6"), "cron '0 0 6 * * 0' has 6 fields; write minute hour day month weekday"),
        (LINE + "timezone = 'Asia/Beijing'", "timezone 'Asia/Beijing' is unknown; write Asia/Shanghai, or UTC"),
        (LINE + "spider = 'x.toml'", "spider goes with job = 'crawl', and that with a spider"),
        (LINE.replace('"tidy"\ncron', '"curate"\nbackup = "/b"\ncron'), "backup goes with job = 'tidy'"),
        (LINE + "config = 'no.toml'", "deployment 'tidy': config: there is no file no.toml; correct the path"),
        (LINE + LINE, "two deployments are called 'tidy'; give each a name of its own"),
        (LINE.replace('"tidy"\njob', '"a/b"\njob'), "a deployment's name is neither empty nor has one of / % & < > or a space in it"),
        (LINE + "retries = -1", "max_lateness_h and timeout_h are above 0, retries and retry_s 0 or more"),
        (LINE + "[server]\nport = 99999", "server: port is 99999; give one from 1 to 65535"),
        ("[deployment]\nname = 'x'", "deployment is one table, and must be a list of them; write [[deployment]] with two brackets"),
        (LINE + "[[notify]]\nformat = 'slack'", "give url_env, the name of an environment variable"),
        (LINE + "[[notify]]\nformat = 'slack'\nurl_env = 'https://x/t'", "url_env and url_block take a name, not an address"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, text: str, message: str) -> None:
    assert message in said(tmp_path, text)


def test_the_command_says_it_before_a_server_starts(tmp_path: Path, own_home: Path) -> None:
    config, schedule = tmp_path / "run.toml", tmp_path / "s.toml"
    config.write_text('registries = ["sample"]\n[train]\nepoch = 1\n')
    schedule.write_text(f'[[deployment]]\nname = "n"\njob = "curate"\ncron = "0 1 * * *"\nconfig = "{config}"\n')
    done = CliRunner().invoke(app, ["serve", "--config", str(schedule)])
    assert done.exit_code == 2
    assert done.stderr.strip() == f"huaben: {config}: train: unknown key 'epoch'; did you mean 'epochs'?"
    assert not state_folder(own_home).exists()
