"""The documents say what is true: their commands run, every file and every command has its line in both languages."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from list_files import modules, section
from main_job import HUABEN, Job, environment
from typer.main import get_command

from flows.cli import app

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh.md")


def shell_lines(name: str) -> list[str]:
    """The commands in the document's sh blocks, comments cut off."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.S)
    lines = [shlex.join(shlex.split(line, comments=True)) for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def test_both_languages_have_the_same_commands() -> None:
    assert shell_lines("README.md") == shell_lines("README.zh.md")


@pytest.mark.slow
def test_the_commands_of_the_readme_run(job: Job, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "corpora" / "sample", tmp_path / "corpora" / "sample")
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    home = tmp_path / "home"
    shutil.copytree(job.home, home)
    ran = 0
    for line in shell_lines("README.md"):
        words = shlex.split(line)
        if words[0] == "make":
            assert words[1] in targets
        elif words[:2] == ["huaben", "run"]:
            words += ["--config", str(job.config)]
        if words[0] == "huaben":
            done = subprocess.run(
                [*HUABEN, *words[1:]], cwd=tmp_path, env=environment(home), capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{line}\n{done.stderr}"
            ran += 1
    assert ran >= 8


def test_every_file_has_its_line() -> None:
    assert section() in (ROOT / "README.md").read_text(encoding="utf-8"), "run: .venv/bin/python docs/list_files.py"
    chinese = (ROOT / "README.zh.md").read_text(encoding="utf-8")
    missing = [str(path) for path in modules() if f"({path})" not in chinese]
    assert missing == []
    named = re.findall(r"\]\(((?:corpora|extractors|warehouse|train|eval|flows)/[\w/]+\.py)\)", chinese)
    assert [path for path in named if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_told(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert [command for command in commands if f"huaben {command}" not in text] == []


@pytest.mark.parametrize("name", [*READMES, "CHANGELOG.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))])
def test_links_lead_somewhere(name: str) -> None:
    path = ROOT / name
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []
