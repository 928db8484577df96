"""A report of a flow in, what is worth telling somebody out; a notice in, the JSON that a messenger's robot takes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flows.notify.channel import Event, Format

BYTES = 2000  # WeCom takes 2,048 of text, and is the strictest


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell: what kind, of which deployment, in a sentence or two, and the share it is about (1 where none)."""

    event: Event
    deployment: str
    text: str
    share: float = 1.0


def rejected(deployment: str, records: int, rejects: int, where: Sequence[str]) -> list[Notice]:
    """That rows were rejected, unless none was; the share says whom to tell. `where`: the sources, worst first."""
    if not records or not rejects:
        return []
    share = rejects / records
    named = f": {', '.join(where[:3])}" if where else ""
    text = (
        f"{rejects:,} of {records:,} records that came in were rejected ({100 * share:.1f} %){named}; why: huaben stats"
    )
    return [Notice("rejected", deployment, text, share)]


def worse(deployment: str, why_not: str) -> list[Notice]:
    """That a guarded score fell, by the refusal's sentence; nothing where that is empty."""
    return [Notice("worse", deployment, f"the new adapter was not promoted: {why_not}")] if why_not else []


def failed(deployment: str, error: BaseException) -> list[Notice]:
    """That a run failed: which step, and the first line of what it said."""
    notes = getattr(error, "__notes__", [])
    said = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return [Notice("failed", deployment, f"{notes[0]}: {said}" if notes else said)]


def payload(form: Format, notice: Notice, keyword: str) -> dict[str, Any]:
    """What the robot of that messenger is posted."""
    text = cut(f"{keyword}: {notice.deployment}: {notice.text}")
    match form:
        case "feishu":  # https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
            return {"msg_type": "text", "content": {"text": text}}
        case "dingtalk" | "wecom":  # https://open.dingtalk.com/document/robots/custom-robot-access
            return {
                "msgtype": "text",
                "text": {"content": text},
            }  # https://developer.work.weixin.qq.com/document/path/91770
        case "slack":  # https://api.slack.com/messaging/webhooks; these three characters are its own
            return {"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}


def refused(form: Format, answer: dict[str, Any]) -> str:
    """Why the messenger did not take it, empty where it did. All but Slack answer 200 and say so in the body."""
    code = {"feishu": answer.get("code", answer.get("StatusCode", 0)), "slack": 0}.get(form, answer.get("errcode", 0))
    return f"{code} {answer.get('msg') or answer.get('errmsg') or ''}".strip() if code else ""


def cut(text: str) -> str:
    """The text, or as much of its beginning as a robot takes, in whole characters."""
    if len(text.encode()) <= BYTES:
        return text
    return text.encode()[: BYTES - 3].decode(errors="ignore") + "…"
