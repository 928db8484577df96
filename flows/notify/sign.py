"""A message and a robot's secret in; the address and the body with the signature that its messenger asks for out."""

import base64
import hashlib
import hmac
from typing import Any

import httpx

from flows.notify.channel import Format


def signed(form: Format, url: str, body: dict[str, Any], secret: str, now: float) -> tuple[str, dict[str, Any]]:
    """Address and body as they are posted; unchanged where there is no secret. `now`: seconds since 1970.

    Raises httpx.InvalidURL where the address is none. Both sign the time and the secret with HMAC-SHA256. Feishu has the two
    as key over an empty message, in seconds, in the body; DingTalk the secret as key over the two, in milliseconds,
    in the address. They refuse a time that is an hour off.
    """
    if not secret:
        return url, body
    if form == "feishu":  # https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
        at = f"{now:.0f}"
        return url, {"timestamp": at, "sign": _hmac(f"{at}\n{secret}", ""), **body}
    at = f"{now * 1000:.0f}"  # https://open.dingtalk.com/document/robots/customize-robot-security-settings
    return str(httpx.URL(url).copy_merge_params({"timestamp": at, "sign": _hmac(secret, f"{at}\n{secret}")})), body


def _hmac(key: str, message: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()
