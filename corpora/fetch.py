"""A source's URL in, its file on disk out: streamed, resumed after a cut, retried, checked, renamed when whole.

huaben fetch gutenberg
"""

import email.utils
import json
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from tqdm import tqdm

from corpora.errors import BadInput
from corpora.files import sha256_file
from corpora.progress import bar_manner
from corpora.registry import Source


@dataclass(frozen=True, slots=True)
class FetchConfig:
    """How hard to try, and how much to take."""

    attempts: int = 5  # failures in a row without a new byte
    timeout_s: float = 30.0
    backoff_s: float = 1.0  # before the first retry; doubles with each
    longest_wait_s: float = 60.0  # also caps the server's Retry-After
    limit_bytes: int = 64 << 20  # the largest of the four novels has 2.7 MB
    seed: int = 0  # of the jitter


class _PassingError(Exception):
    """A failure that may pass; `wait_s` is what the server asked for."""

    def __init__(self, what: str, wait_s: float | None = None) -> None:
        super().__init__(what)
        self.wait_s = wait_s


def fetch(
    source: Source,
    into: Path,
    config: FetchConfig = FetchConfig(),
    *,
    refresh: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> Path:
    """The path below `into` where the source's file now lies whole.

    A file that is there (and has the registry's checksum, where it gives one) is kept unless `refresh`. The download
    goes to NAME.part; what it came from is kept in NAME.part.json, so that a later call resumes it (Range, If-Range).
    Waits double after each failure, with jitter against many clients in step, and honour Retry-After.
    Raises BadInput when the URL cannot be had, is over the limit, or its checksum is another.
    """
    if not source.url:
        raise BadInput(f"{source.id}: has no url, so there is nothing to fetch; add one to its registry")
    target = Path(into) / Path(source.path).name
    if target.is_file() and not refresh and source.sha256.lower() in ("", sha256_file(target)):
        return target
    part, side = target.with_name(f"{target.name}.part"), target.with_name(f"{target.name}.part.json")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _download(source, part, side, config, sleep)
        _check(source, part, side)
        os.replace(part, target)
        side.unlink(missing_ok=True)
    except OSError as error:  # a full disk, no permission
        raise BadInput(f"{part}: cannot be written: {error.strerror or error}; make room, or fetch elsewhere") from None
    return target


def _download(source: Source, part: Path, side: Path, config: FetchConfig, sleep: Callable[[float], None]) -> None:
    jitter = random.Random(config.seed)
    failures = 0
    agent = {"User-Agent": "huaben", "Accept-Encoding": "identity"}  # identity: lengths and ranges in plain bytes
    with httpx.Client(timeout=config.timeout_s, follow_redirects=True, headers=agent) as client:
        while True:
            before = part.stat().st_size if part.is_file() else 0
            try:
                _attempt(client, source, part, side, config)
                return
            except (_PassingError, httpx.TransportError) as error:
                grew = part.is_file() and part.stat().st_size > before
                failures = 1 if grew else failures + 1
                what = str(error) or type(error).__name__
                if failures >= config.attempts or isinstance(error, httpx.UnsupportedProtocol):
                    raise BadInput(
                        f"{source.url}: {what}, {failures} times in a row; try again later, or check the address"
                    ) from None
                wait = config.backoff_s * 2 ** (failures - 1) * jitter.uniform(0.5, 1.0)
                if isinstance(error, _PassingError) and error.wait_s is not None:
                    wait = max(wait, error.wait_s)
                sleep(min(wait, config.longest_wait_s))
            except (httpx.InvalidURL, httpx.TooManyRedirects, httpx.DecodingError) as error:
                raise BadInput(f"{source.url}: {error}; correct the address") from None


def _attempt(client: httpx.Client, source: Source, part: Path, side: Path, config: FetchConfig) -> None:
    """One request: the rest of the file where the server still has the one that was begun, else all of it."""
    have, validator = _begun(source, part, side)
    headers = {"Range": f"bytes={have}-", "If-Range": validator} if have else {}
    with client.stream("GET", source.url, headers=headers) as response:
        if response.status_code == 416 or (response.status_code == 206 and _range_start(response) != have):
            part.unlink(missing_ok=True)
            raise _PassingError("the server cannot resume the download")
        if response.status_code in (408, 425, 429) or response.status_code >= 500:
            raise _PassingError(f"the server answers {response.status_code}", _retry_after(response))
        if response.status_code not in (200, 206):
            raise BadInput(f"{source.url}: the server answers {response.status_code}; correct the address")
        if response.status_code == 200:
            have = 0
            _remember(source, side, response)
        # a server that compresses all the same gives the length of something else
        length = "" if "Content-Encoding" in response.headers else response.headers.get("Content-Length", "")
        total = have + int(length) if length.isdigit() else None
        _refuse_over_limit(source, total or 0, part, side, config)
        with open(part, "ab" if have else "wb") as file, _bar(source, total, have) as bar:
            for block in response.iter_bytes():
                have += len(block)
                _refuse_over_limit(source, have, part, side, config)
                file.write(block)
                bar.update(len(block))
            file.flush()
            os.fsync(file.fileno())
    if total is not None and have < total:
        raise _PassingError(f"the connection broke off after {have:,} of {total:,} bytes")
    if not have:
        raise _PassingError("the server sends an empty file")


def _begun(source: Source, part: Path, side: Path) -> tuple[int, str]:
    """The bytes to go on from and the validator that ties them to the server's file; 0 to begin anew."""
    try:
        note = json.loads(side.read_text(encoding="utf-8"))
        size = part.stat().st_size
    except (OSError, ValueError):
        return 0, ""
    validator = note.get("validator", "") if isinstance(note, dict) and note.get("url") == source.url else ""
    return (size, validator) if validator else (0, "")


def _remember(source: Source, side: Path, response: httpx.Response) -> None:
    """Note what the download belongs to; a weak ETag, or a compressed body, cannot be resumed byte by byte."""
    etag = response.headers.get("ETag", "")
    validator = etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
    if "Content-Encoding" in response.headers:
        validator = ""
    side.write_text(json.dumps({"url": source.url, "validator": validator}), encoding="utf-8")


def _range_start(response: httpx.Response) -> int:
    start = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(start) if start.isdigit() else -1


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (email.utils.parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _refuse_over_limit(source: Source, size: int, part: Path, side: Path, config: FetchConfig) -> None:
    if size > config.limit_bytes:
        part.unlink(missing_ok=True)
        side.unlink(missing_ok=True)
        raise BadInput(f"{source.url}: more than {config.limit_bytes:,} bytes; raise limit_bytes if that is right")


def _check(source: Source, part: Path, side: Path) -> None:
    digest = sha256_file(part)
    if source.sha256 and digest != source.sha256.lower():
        part.unlink(missing_ok=True)
        side.unlink(missing_ok=True)
        raise BadInput(
            f"{source.url}: SHA-256 is {digest}, but the registry says {source.sha256}; "
            "correct the registry if the file has a new edition"
        )


def _bar(source: Source, total: int | None, have: int) -> "tqdm[Any]":
    return tqdm(desc=source.id, total=total, initial=have, unit="B", unit_scale=True, **bar_manner())
