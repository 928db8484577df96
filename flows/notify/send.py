"""Notices and channels in; posts to the webhooks that asked for them, and how each went, out."""

import logging
import random
import time
from collections.abc import Sequence

import httpx

from corpora.errors import BadInput
from flows.notify.channel import NotifyConfig, address_of, secret_of
from flows.notify.notice import Notice, payload, refused
from flows.notify.sign import signed


def send(notices: Sequence[Notice], channels: Sequence[NotifyConfig]) -> list[str]:
    """Posts every notice to every channel that wants it. What went wrong, a sentence each, in which neither address nor secret stands.

    Never raises: a message that is not delivered must not fail the run that it tells of.
    """
    for talks in ("httpx", "httpcore"):  # they log every address that they post to
        logging.getLogger(talks).setLevel(logging.WARNING)
    wrong = []
    for number, channel in enumerate(channels, 1):
        wanted = [one for one in notices if wants(channel, one)]
        try:
            url, secret = (address_of(channel), secret_of(channel)) if wanted else ("", "")
        except BadInput as error:
            wrong.append(str(error))
            continue
        for one in wanted:
            said = _post(url, secret, channel, one)
            if said:
                wrong.append(
                    f"[[notify]] {number} ({channel.format}): {one.event} of {one.deployment} not delivered: {said}"
                )
    return wrong


def wants(channel: NotifyConfig, notice: Notice) -> bool:
    """Whether the channel asked for this."""
    return notice.event in channel.on and (notice.event != "rejected" or notice.share > channel.rejected_share)


def _post(url: str, secret: str, channel: NotifyConfig, notice: Notice) -> str:
    said, body = "", payload(channel.format, notice, channel.keyword)
    for attempt in range(channel.retries + 1):
        if attempt:
            time.sleep(channel.backoff_s * 2 ** (attempt - 1) * random.uniform(1, 1.5))
        try:
            there, told = signed(channel.format, url, body, secret, time.time())  # anew: a signature ages
            answer = httpx.post(there, json=told, timeout=channel.timeout_s)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            said = type(error).__name__  # its message may hold the address
            continue
        if answer.status_code >= 500 or answer.status_code == 429:
            said = f"the server answered {answer.status_code}"
            continue
        if not answer.is_success:  # asking again would change nothing
            return f"the server answered {answer.status_code}"
        return refused(channel.format, _body(answer))
    return f"{said}, {channel.retries + 1} times"


def _body(answer: httpx.Response) -> dict[str, object]:
    try:
        body = answer.json()
    except ValueError:  # Slack answers "ok"
        return {}
    return body if isinstance(body, dict) else {}
