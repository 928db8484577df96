"""What a spider has fetched, in one SQLite file: answers with their validators, raw pages by hash, the fate of each address.

$HUABEN_HOME/crawl/NAME/pages.sqlite. Each answer is one transaction, so a crawl that is killed loses none: begun again,
it walks the links over what lies here and asks only for the rest. A later crawl asks whether these pages have changed.
"""

import hashlib
import json
import sqlite3
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from corpora.errors import BadInput

Found = Literal["new", "changed", "unchanged"]
RESUME_WITHIN = timedelta(days=1)  # a crawl broken off longer ago is begun anew, since its pages may have changed

_TABLES = """
CREATE TABLE IF NOT EXISTS crawls (number INTEGER PRIMARY KEY, begun_at TEXT NOT NULL, ended_at TEXT);
CREATE TABLE IF NOT EXISTS answers (
  url TEXT PRIMARY KEY, status INTEGER NOT NULL, headers TEXT NOT NULL, sha256 TEXT NOT NULL,
  fetched_at TEXT NOT NULL, -- when these bytes came first
  crawl INTEGER NOT NULL    -- the last crawl that had or confirmed them
);
CREATE TABLE IF NOT EXISTS bodies (sha256 TEXT PRIMARY KEY, packed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS fates (url TEXT PRIMARY KEY, crawl INTEGER NOT NULL, fate TEXT NOT NULL, reason TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered. `body` is unpacked; headers keep their order, and a name may stand twice."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    sha256: str
    fetched_at: datetime
    crawl: int

    def header(self, name: str) -> str:
        """The header's first value, or empty."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class Store:
    """A spider's file, open for one process. Old bodies stay, so that what any snapshot was made from can be had."""

    def __init__(self, path: Path) -> None:
        """Opens the file, making it unless it is there. Raises BadInput when it cannot be opened."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")  # safe against kills; a power cut may cost the last pages
            self._db.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise BadInput(
                f"{path}: cannot be opened: {error}; make room, or remove it to crawl from the start"
            ) from None
        self.crawl = 0

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def begin(self) -> bool:
        """Go on with the crawl that was broken off lately (true), else begin the next one (false)."""
        now = datetime.now(UTC)
        last = self._db.execute("SELECT number, begun_at, ended_at FROM crawls ORDER BY number DESC LIMIT 1").fetchone()
        if last and last[2] is None and now - datetime.fromisoformat(last[1]) < RESUME_WITHIN:
            self.crawl = last[0]
            return True
        self.crawl = last[0] + 1 if last else 1
        self._db.execute("INSERT INTO crawls VALUES (?, ?, NULL)", [self.crawl, now.isoformat(timespec="seconds")])
        return False

    def end(self) -> None:
        """Note that the crawl came to its end."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._db.execute("UPDATE crawls SET ended_at = ? WHERE number = ?", [now, self.crawl])

    def answer(self, url: str) -> Answer | None:
        """The last good answer from this address, of whatever crawl."""
        row = self._db.execute(f"{_SELECT} WHERE url = ?", [url]).fetchone()
        return _answer(row) if row else None

    def put(self, url: str, status: int, headers: list[tuple[str, str]], body: bytes, fate: str) -> Found:
        """Keep an answer and the fate of its address; says whether the bytes are new, changed or as they were."""
        sha256 = hashlib.sha256(body).hexdigest()
        before = self._db.execute("SELECT sha256, fetched_at FROM answers WHERE url = ?", [url]).fetchone()
        same = before is not None and before[0] == sha256
        found: Found = "unchanged" if same else "changed" if before else "new"
        now = before[1] if same else datetime.now(UTC).isoformat(timespec="seconds")
        with self._db:
            self._db.execute("BEGIN")
            if not same:
                self._db.execute("INSERT OR IGNORE INTO bodies VALUES (?, ?)", [sha256, zlib.compress(body, 3)])
            row = [url, status, json.dumps(headers, ensure_ascii=False), sha256, now, self.crawl]
            self._db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)", row)
            self._note(url, fate, found)
        return found

    def confirm(self, url: str, headers: list[tuple[str, str]], fate: str) -> None:
        """Note that the server says the answer still holds; its new headers take the place of those of the same name."""
        known = self._db.execute("SELECT headers FROM answers WHERE url = ?", [url]).fetchone()
        names = {name.lower() for name, _ in headers}
        kept = [pair for pair in json.loads(known[0]) if pair[0].lower() not in names]
        with self._db:
            self._db.execute("BEGIN")
            self._db.execute(
                "UPDATE answers SET headers = ?, crawl = ? WHERE url = ?",
                [json.dumps(kept + headers, ensure_ascii=False), self.crawl, url],
            )
            self._note(url, fate, "unchanged")

    def note(self, url: str, fate: str, reason: str) -> None:
        """Keep the fate of an address that gave no answer to keep."""
        self._note(url, fate, reason)

    def _note(self, url: str, fate: str, reason: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO fates VALUES (?, ?, ?, ?)", [url, self.crawl, fate, reason])

    def fates(self) -> list[tuple[str, str, int]]:
        """Fate, reason and number of addresses of the last crawl."""
        return self._db.execute(
            "SELECT fate, reason, count(*) FROM fates WHERE crawl = (SELECT max(number) FROM crawls) "
            "GROUP BY fate, reason ORDER BY fate, count(*) DESC, reason"
        ).fetchall()

    def failed(self) -> list[tuple[str, str]]:
        """Address and reason of all that failed in the last crawl, in order of address."""
        return self._db.execute(
            "SELECT url, reason FROM fates WHERE fate = 'failed' AND crawl = (SELECT max(number) FROM crawls) ORDER BY url"
        ).fetchall()

    def addresses(self) -> list[str]:
        """The addresses of every page that was had (status 200), in order."""
        return [url for (url,) in self._db.execute("SELECT url FROM answers WHERE status = 200 ORDER BY url")]


_SELECT = "SELECT url, status, headers, packed, sha256, fetched_at, crawl FROM answers JOIN bodies USING (sha256)"


def _answer(row: tuple[str, int, str, bytes, str, str, int]) -> Answer:
    url, status, headers, packed, sha256, fetched_at, crawl = row
    pairs = tuple((name, value) for name, value in json.loads(headers))
    return Answer(url, status, pairs, zlib.decompress(packed), sha256, datetime.fromisoformat(fetched_at), crawl)
