"""The address of a Ray cluster in, an engine that works on it out: Prefect tasks for what is mapped, Ray Data for the join."""

import logging
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from corpora.errors import BadInput
from flows.engine.config import EngineConfig
from warehouse.engine import Engine

_OURS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing phones out
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # tasks without GPUs leave the machine's settings for them alone
}


@contextmanager
def on_ray(config: EngineConfig) -> Iterator[Engine]:
    """An engine on the cluster at `config.address`, or on one of this machine's own that ends with the block.

    Raises BadInput when Ray is not installed, the cluster does not answer, or its machines could not reach Prefect's server:
    each task tells it how it went, and a worker that knows of none would start a server of its own.
    """
    if not (find_spec("ray") and find_spec("prefect_ray")):
        raise BadInput('engine ray: Ray is not installed; run: pip install -c constraints.txt -e ".[ray]"')
    if config.address:
        _check_answers(config.address)
    server = _server(config)
    for name, value in _OURS.items():
        os.environ.setdefault(name, value)
    if not config.address:  # a key for this run's cluster, or Ray would leave one in the user's home
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    import ray
    from prefect_ray import RayTaskRunner

    from flows.engine.tasks import OnRay

    there = {"PREFECT_API_URL": server, "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false", "DO_NOT_TRACK": "1", **_OURS}
    own: dict[str, Any] = {
        "num_cpus": config.workers or None,
        "include_dashboard": False,
        "_node_ip_address": "127.0.0.1",  # nothing listens to other machines
    }
    joined: dict[str, Any] = {"runtime_env": {"env_vars": there}}
    try:
        # Processes of our own inherit what they are to know: with a runtime_env, those that Ray has at hand would go unused.
        with nullcontext() if config.address else _environment(there):
            ray.init(
                config.address or "local",
                log_to_driver=False,
                logging_level=logging.ERROR,
                **(joined if config.address else own),
            )
    except (ConnectionError, RuntimeError, ValueError) as error:
        where = f"join the cluster at {config.address}" if config.address else "be started on this machine"
        raise BadInput(f"engine ray: Ray cannot {where} ({error}); check it with: ray status") from error
    try:
        nodes = [node["NodeManagerAddress"] for node in ray.nodes() if node["Alive"]]
        _check_reachable(server, nodes)
        workers = config.workers or 2 * int(ray.cluster_resources().get("CPU", 1))
        with temporary_settings({PREFECT_API_URL: server}), RayTaskRunner() as runner:
            yield OnRay(runner, workers)
    finally:
        ray.shutdown()


@contextmanager
def _environment(added: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name)
            if name in before:
                os.environ[name] = before[name]


def _check_answers(address: str) -> None:
    host, _, port = address.rpartition(":")
    try:  # Ray itself would go on asking for a minute and more
        socket.create_connection((host, int(port)), timeout=10).close()
    except OSError as error:
        raise BadInput(
            f"engine ray: no Ray cluster answers at {address} ({error.strerror or error}); start its head with: "
            "ray start --head --port 6379"
        ) from None


def _server(config: EngineConfig) -> str:
    """The URL of Prefect's server; that of the run's own temporary one when all workers are on this machine."""
    if config.address and not PREFECT_API_URL.value():
        raise BadInput(
            f"engine ray: PREFECT_API_URL is not set, so the workers at {config.address} would have no Prefect server; "
            "start one that they can reach (prefect server start --host 0.0.0.0) and set PREFECT_API_URL to it"
        )
    return str(get_client(sync_client=True).api_url).rstrip("/")


def _check_reachable(server: str, nodes: list[str]) -> None:
    host = urlsplit(server).hostname or ""
    others = sorted(set(nodes) - {nodes[0]}) if nodes else []
    if others and _is_loopback(host):
        raise BadInput(
            f"engine ray: PREFECT_API_URL is {server}, which the worker at {others[0]} cannot reach; set it to this "
            "machine's address in the network"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
