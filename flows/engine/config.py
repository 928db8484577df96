"""The table [engine] of a run's TOML file: where extraction, signatures, tokens and the near-duplicate join are worked out."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class EngineConfig:
    """Where work that falls into independent parts is done. No result depends on it."""

    kind: Literal["local", "ray"] = "local"
    address: str = (
        ""  # of a Ray cluster, as HOST:6379 of its head; without one, Ray is started on this machine for the run
    )
    workers: int = 0  # parts at a time: 0 for one after the other on local, for as many as there are cores on ray

    def __post_init__(self) -> None:
        if self.workers < 0:
            raise ValueError(f"workers is {self.workers}; it must be 1 or more, or 0")
        if self.address and self.kind != "ray":
            raise ValueError(f'address {self.address} is for kind "ray"; set that, or leave the address out')
        host, _, port = self.address.rpartition(":")
        if self.address and not (host and port.isdigit() and "/" not in host):
            raise ValueError(
                f"address is {self.address}; give HOST:PORT of the head, on a machine of the cluster: Ray Data does not work "
                "through Ray's client"
            )
