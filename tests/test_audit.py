"""Every dependency is pinned, once; no pin has a known vulnerability, as far as pip-audit and its database can tell."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
# Known, looked at, and of no consequence here: id → why. An entry that pip-audit no longer reports is to go.
ACCEPTED: dict[str, str] = {}
BUNDLED = {"setuptools", "pip"}  # with Python
AWAY = (
    "ConnectionError",
    "Max retries exceeded",
    "NameResolutionError",
    "ServiceError",
    "timed out",
    "Failed to resolve",
)


def pins() -> dict[str, list[str]]:
    """The versions of each name in constraints.txt, which holds comments and lines `name==version` alone."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, version = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.!+]+)", line).groups()  # type: ignore[union-attr]
            found.setdefault(canonicalize_name(name), []).append(str(Version(version)))
    return found


def test_every_dependency_is_pinned_once_and_as_asked_for() -> None:
    known = pins()
    assert {name: versions for name, versions in known.items() if len(versions) > 1} == {}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [
        Requirement(text)
        for part in (project["dependencies"], *project["optional-dependencies"].values())
        for text in part
    ]
    assert len(asked) > 40
    wrong = [
        f"{one}: {known.get(canonicalize_name(one.name), 'no pin')}"
        for one in asked
        if not any(one.specifier.contains(v, prereleases=True) for v in known.get(canonicalize_name(one.name), []))
    ]
    assert wrong == []


def test_what_the_pins_need_is_pinned_too() -> None:
    """Of the packages that are installed here: nothing comes in unpinned behind them."""
    known = pins()
    missing = set()
    for name, (version, *_) in known.items():
        try:
            found = distribution(name)
        except PackageNotFoundError:  # of an extra that is not installed
            continue
        if Version(found.version).base_version != Version(version).base_version:
            continue  # another version's needs; huaben doctor tells
        for text in found.requires or []:
            need = Requirement(text)
            wanted = need.marker is None or need.marker.evaluate({"extra": ""})
            if wanted and canonicalize_name(need.name) not in known and canonicalize_name(need.name) not in BUNDLED:
                missing.add(f"{name} needs {need.name}")
    assert sorted(missing) == []


@pytest.mark.audit
@pytest.mark.slow
def test_no_pin_is_known_to_be_vulnerable(tmp_path: Path) -> None:
    found = shutil.which("pip-audit") or (find_spec("pip_audit") and [sys.executable, "-m", "pip_audit"])
    if not found:
        pytest.skip("pip-audit is not installed: pip install pip-audit, in an environment of its own if you like")
    command = [found] if isinstance(found, str) else [*found]
    listed = tmp_path / "pins.txt"
    listed.write_text("\n".join(f"{name}=={version}" for name, (version,) in pins().items()), encoding="utf-8")
    done = subprocess.run(
        [*command, "--requirement", str(listed), "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"],
        capture_output=True, text=True, check=False, timeout=300, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    if not done.stdout.strip() and any(word in done.stderr for word in AWAY):
        pytest.skip(f"the database cannot be reached: {done.stderr.strip().splitlines()[-1][:200]}")
    assert done.stdout.strip(), done.stderr
    report = json.loads(done.stdout)["dependencies"]
    looked_at = [one for one in report if "skip_reason" not in one]
    if not looked_at:
        pytest.skip(f"the database knows none of {len(report)} packages: it is not PyPI that answers here")
    assert len(looked_at) > 100, "pip-audit looked at too few pins"
    known = {
        f"{one['name']} {one['version']}: {bug['id']}, fixed in {', '.join(bug['fix_versions']) or 'no version yet'}": bug[
            "id"
        ]
        for one in report
        for bug in one.get("vulns", [])
    }
    assert [told for told, name in known.items() if name not in ACCEPTED] == []
    assert set(ACCEPTED) <= set(known.values())
