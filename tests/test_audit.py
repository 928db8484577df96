"""No pin in constraints.txt has a known vulnerability, as far as pip-audit and its database can tell."""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Known, looked at, and of no consequence here: id → why. An entry that pip-audit no longer reports is to go.
ACCEPTED: dict[str, str] = {}
AWAY = (
    "ConnectionError",
    "Max retries exceeded",
    "NameResolutionError",
    "ServiceError",
    "timed out",
    "Failed to resolve",
)


@pytest.mark.audit
@pytest.mark.slow
def test_no_pin_is_known_to_be_vulnerable(tmp_path: Path) -> None:
    found = shutil.which("pip-audit") or (find_spec("pip_audit") and [sys.executable, "-m", "pip_audit"])
    if not found:
        pytest.skip("pip-audit is not installed: pip install pip-audit, in an environment of its own if you like")
    command = [found] if isinstance(found, str) else [*found]
    pins = tmp_path / "pins.txt"
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins.write_text("\n".join(line for line in lines if "==" in line and not line.startswith("#")), encoding="utf-8")
    done = subprocess.run(
        [*command, "--requirement", str(pins), "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"],
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
