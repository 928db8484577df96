"""A `[[notify]]` table of a schedule in, where a message goes to and about what out."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from corpora.errors import BadInput

Format = Literal["feishu", "dingtalk", "wecom", "slack"]
Event = Literal["failed", "worse", "rejected"]
SIGNED = ("feishu", "dingtalk")  # whose robots may want a signature


@dataclass(frozen=True)
class NotifyConfig:
    """One webhook. Its address, which is as good as a password, stands in an environment variable or in a Secret block of
    Prefect's, never in the file.

    `on`: failed (a run failed, was late or crashed), worse (a guarded score fell), rejected (more than `rejected_share` of
    what came in was rejected). DingTalk lets through what holds one of a robot's keywords: `keyword` is put in front.
    `secret_env` or `secret_block`: where the secret stands of a robot that wants its messages signed.
    """

    format: Format
    url_env: str = ""
    url_block: str = ""
    secret_env: str = ""
    secret_block: str = ""
    on: tuple[Event, ...] = ("failed", "worse", "rejected")
    rejected_share: float = 0.05
    keyword: str = "huaben"
    timeout_s: float = 10.0
    retries: int = 3
    backoff_s: float = 1.0  # the first pause; each further one is twice as long

    def __post_init__(self) -> None:
        if bool(self.url_env) == bool(self.url_block):
            raise ValueError(
                "give url_env, the name of an environment variable, or url_block, of a Prefect Secret block"
            )
        if "://" in self.url_env + self.url_block:
            raise ValueError(
                "url_env and url_block take a name, not an address: whoever reads the file could post to it"
            )
        if self.secret_env and self.secret_block:
            raise ValueError("give secret_env or secret_block, not both")
        if (self.secret_env or self.secret_block) and self.format not in SIGNED:
            raise ValueError(f"a robot of {self.format} signs nothing; leave secret_env and secret_block out")
        if not 0 <= self.rejected_share <= 1:
            raise ValueError(f"rejected_share is {self.rejected_share}; it is a share of rows, from 0 to 1")
        if self.timeout_s <= 0 or self.retries < 0 or self.backoff_s < 0:
            raise ValueError("timeout_s is above 0, retries and backoff_s are 0 or more")


def address_of(channel: NotifyConfig) -> str:
    """Where the messages go. Raises BadInput, without telling what it holds, where that is no address."""
    name, url = _kept(channel.url_env, channel.url_block)
    if not url:
        raise BadInput(f"[[notify]]: {name} is not there; set it to the webhook's address")
    if not re.fullmatch(r"https?://[^\s/]+\S*", url):
        raise BadInput(f"[[notify]]: {name} holds no address; it begins with https://")
    return url


def secret_of(channel: NotifyConfig) -> str:
    """What messages are signed with; empty where they are not. Raises BadInput where it is named and not there."""
    if not (channel.secret_env or channel.secret_block):
        return ""
    name, secret = _kept(channel.secret_env, channel.secret_block)
    if not secret:
        raise BadInput(f"[[notify]]: {name} is not there; set it to the robot's secret")
    return secret


def lacking(channels: Sequence[NotifyConfig]) -> list[str]:
    """What some of them need to send anything and is not there, a sentence each."""
    said = []
    for channel in channels:
        try:
            address_of(channel)
            secret_of(channel)
        except BadInput as error:
            said.append(str(error))
    return said


def _kept(variable: str, block: str) -> tuple[str, str]:
    """In words, where it stands; and what stands there."""
    if variable:
        return f"the environment variable {variable}", os.environ.get(variable, "").strip()
    return f"the Prefect Secret block {block}", _secret(block)


def _secret(name: str) -> str:
    from prefect.blocks.system import Secret

    try:
        return str(Secret.load(name).get())  # type: ignore[union-attr]
    except ValueError:  # there is no such block
        return ""
