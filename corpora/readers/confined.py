"""A container's bytes in, its text out, read in a process of its own with a limit on memory and time.

    python -m corpora.readers.confined FORMAT UNDERLINES LIMITS < FILE      (what the parent runs)

The libraries that read DOCX, XLSX, PDF and EPUB are large, and a hostile file can make any of them run on or swell.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from corpora.errors import BadInput
from corpora.readers.limits import ReaderLimits

REFUSED, TOO_LARGE = 2, 3  # exit statuses of the child


def read_confined(form: str, raw: bytes, where: str, *, underlines: bool, limits: ReaderLimits) -> str:
    """The text of a docx, xlsx, pdf, epub or parquet. Raises BadInput with what the reader says, or the limit that was met."""
    command = [sys.executable, "-m", "corpora.readers.confined", form, str(int(underlines)), json.dumps(asdict(limits))]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(
            command, input=raw, capture_output=True, timeout=limits.seconds, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        raise BadInput(
            f"{where}: reading the {form} took more than {limits.seconds:g} seconds; convert it to plain text first"
        ) from None
    if done.returncode == 0:
        return done.stdout.decode("utf-8", "surrogatepass")
    if done.returncode == REFUSED:
        raise BadInput(f"{where}: {done.stderr.decode('utf-8', 'replace').strip().splitlines()[-1]}")
    if done.returncode == TOO_LARGE or b"MemoryError" in done.stderr or done.returncode < 0:
        raise BadInput(
            f"{where}: reading the {form} needs more than {limits.memory_bytes >> 20} MiB of memory; "
            "split it, or convert it to plain text first"
        )
    fault = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
    raise BadInput(f"{where}: the {form} is damaged ({fault[-1][:200]}); open and save it again, or convert it to text")


def _reader(form: str) -> Callable[[bytes, bool, ReaderLimits], str]:
    if form == "docx":
        from corpora.readers.word import docx_text as reader
    elif form == "xlsx":
        from corpora.readers.workbook import xlsx_text as reader
    elif form == "epub":
        from corpora.readers.epub import epub_text as reader
    elif form == "parquet":
        from corpora.readers.columns import parquet_text as reader
    else:
        from corpora.readers.pdf import pdf_text as reader
    return reader


def main() -> int:
    """The child's work: limits first, then the reader, its text to standard output; the exit status."""
    form, underlines, limits_json = sys.argv[1:4]
    limits = ReaderLimits(**json.loads(limits_json))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (int(limits.seconds) + 1, int(limits.seconds) + 2))
    try:
        text = _reader(form)(sys.stdin.buffer.read(), underlines == "1", limits)
        sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass"))
    except BadInput as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    except MemoryError:
        return TOO_LARGE
    return 0


if __name__ == "__main__":
    sys.exit(main())
