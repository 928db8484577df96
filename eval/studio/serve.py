"""A home folder and an address in, the studio served there until it is stopped out.

huaben studio --port 8501
"""

import ipaddress
import json
import os
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from train.trust import NOBODY, TrustConfig
from warehouse.kit import BadInput

SETTINGS = "HUABEN_STUDIO"  # the environment variable by which the command hands on what no browser may say
_FONT = "'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
_SERIF = "'Noto Serif CJK SC', 'Source Han Serif SC', 'Songti SC', SimSun, serif"
_OPTIONS = {
    "server.headless": "true",  # opens no browser and asks for no e-mail address
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "1",  # nothing is uploaded
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorLinks": "false",
    "client.allowedOrigins": "http://127.0.0.1",  # no page elsewhere may steer this one from outside a frame
    "theme.font": _FONT,
    "theme.headingFont": _SERIF,
    "theme.light.primaryColor": "#9b3b2c",  # seal red on paper
    "theme.light.backgroundColor": "#fdfcf9",
    "theme.light.secondaryBackgroundColor": "#f3f0e8",
    "theme.light.textColor": "#28241f",
    "theme.dark.primaryColor": "#c4604c",  # white on it, and itself on black, can be read
    "theme.dark.backgroundColor": "#171615",
    "theme.dark.secondaryBackgroundColor": "#24221f",
    "theme.dark.textColor": "#ece6da",
    "theme.baseRadius": "0.4rem",
}


@dataclass(frozen=True)
class StudioConfig:
    """Where the studio is served, and what may be talked to besides the models in the home folder."""

    host: str = "127.0.0.1"
    port: int = 8501
    bases: tuple[str, ...] = ()  # folders and Hugging Face names, as the user gave them
    token: str = ""  # that a browser must show; made where the host is not this machine alone
    endpoints: tuple[str, ...] = ()  # addresses and names of huaben.toml whose models may be talked to
    trust: TrustConfig = NOBODY  # whose own code may run


@dataclass(frozen=True)
class Launch:
    """The command that serves the studio, its environment, and the address to open."""

    command: Sequence[str]
    environment: dict[str, str]
    address: str


def launch(home: Path, config: StudioConfig) -> Launch:
    """How the studio over `home` is served. Raises BadInput where Streamlit is missing or the port is none."""
    if find_spec("streamlit") is None:
        raise BadInput(
            "the studio needs Streamlit, which is not installed; run: pip install -c constraints.txt -e '.[studio]'"
        )
    if not 0 < config.port < 65_536:
        raise BadInput(f"port {config.port} is none; give one from 1 to 65535")
    alone = is_loopback(config.host)
    token = "" if alone else config.token or secrets.token_urlsafe(24)
    options = _OPTIONS | {"server.address": config.host, "server.port": str(config.port)}
    app = Path(__file__).parent / "app.py"
    command = [sys.executable, "-P", "-m", "streamlit", "run", str(app)]
    command += [f"--{name}={value}" for name, value in options.items()]
    if alone:  # a page elsewhere whose name leads here must not be let in
        command += [f"--server.allowedHosts={name}" for name in ("127.0.0.1", "localhost", "[::1]")]
    bases = [str(Path(base).absolute()) if Path(base).is_dir() else base for base in config.bases]
    environment = {
        **os.environ,
        "HUABEN_HOME": str(Path(home).absolute()),
        # Not on the command line, which anybody here can list.
        SETTINGS: json.dumps(
            {
                "token": token,
                "bases": bases,
                "endpoints": list(config.endpoints),
                "trust": list(config.trust.absolute().code),
            }
        ),
    }
    shown = f"[{config.host}]" if ":" in config.host else config.host
    return Launch(command, environment, f"http://{shown}:{config.port}/" + (f"?token={token}" if token else ""))


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine can reach the host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def told() -> dict[str, object]:
    """What the command handed on: `token`, `bases`, `endpoints`, `trust`; empty ones where the app was started without it."""
    return {"token": "", "bases": [], "endpoints": [], "trust": [], **json.loads(os.environ.get(SETTINGS) or "{}")}
