"""A path or an s3:// address in; the Parquet files there, listed, read, and copied in and out, by their names below it.

    [s3]                                  # in huaben.toml, beside data = "s3://bucket/huaben"
    endpoint = "minio.example:9000"       # by default Amazon's
    region = "eu-central-1"               # by default $AWS_REGION, then us-east-1
    url_style = "path"                    # or "vhost", which is Amazon's; by default path where there is an endpoint
    use_ssl = true

Credentials are $AWS_ACCESS_KEY_ID, $AWS_SECRET_ACCESS_KEY and, for those that expire, $AWS_SESSION_TOKEN, and stand in no file.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import IO, Any, Literal

import duckdb

from corpora.errors import BadInput
from corpora.files import write_folder
from corpora.progress import track
from warehouse.extensions import load_extension

_ADDRESS = re.compile(r"s3://[a-z0-9][a-z0-9.-]+(/[\w.=+-]+)*")
_SECRET = re.compile(r"(password\s*=\s*)('[^']*'|\S+)|(://[^:/@\s]+:)[^@\s]+(?=@)", re.I)
_CREDENTIALS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID")


@dataclass(frozen=True)
class S3Config:
    """How a bucket is reached. An empty `endpoint` is Amazon's, an empty `region` that of the environment."""

    endpoint: str = ""
    region: str = ""
    url_style: Literal["", "path", "vhost"] = ""
    use_ssl: bool = True

    def __post_init__(self) -> None:
        if not re.fullmatch(r"([\w.-]+|\[[\da-f:]+\])?(:\d+)?", self.endpoint):
            raise ValueError(f"endpoint = {hide(self.endpoint)!r} is no HOST:PORT; leave http:// and the bucket out")

    @property
    def place(self) -> str:
        """The region."""
        return self.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"

    @property
    def style(self) -> str:
        """Where the bucket's name stands in the URL: in its path, or in its host."""
        return self.url_style or ("path" if self.endpoint else "vhost")


@dataclass(frozen=True)
class DataFolder:
    """Where the Parquet files lie: `root` is the absolute path of a folder, or s3://bucket/prefix, without a slash at the end.

    Files are named by their place below it. Every method raises BadInput where a bucket cannot be reached.
    """

    root: str
    s3: S3Config = S3Config()

    def __str__(self) -> str:
        return self.root

    @property
    def remote(self) -> bool:
        """Whether it is in a bucket."""
        return self.root.startswith("s3://")

    def open_for(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let the connection read and write it."""
        if not self.remote:
            return
        load_extension(connection, "httpfs")
        key, secret, token = self._credentials()
        given = {
            "KEY_ID": key, "SECRET": secret, "SESSION_TOKEN": token, "REGION": self.s3.place, "ENDPOINT": self.s3.endpoint,
            "URL_STYLE": self.s3.style, "SCOPE": f"{self.root}/",
        }  # fmt: skip
        words = ", ".join(f"{name} '{_quoted(value)}'" for name, value in given.items() if value)
        try:
            connection.execute(
                f"CREATE SECRET huaben (TYPE s3, PROVIDER config, {words}, USE_SSL {str(self.s3.use_ssl).lower()})"
            )
            connection.execute(f"SELECT count(*) FROM (FROM glob('{_quoted(self.root)}/.none*'))").fetchone()
        except duckdb.Error as error:
            raise self.refused(error) from None

    def refused(self, error: Exception) -> BadInput:
        """The one sentence for a bucket that cannot be read or written."""
        said = next((line for line in hide(str(error)).splitlines() if line.strip()), type(error).__name__)
        return BadInput(
            f"{self.root} cannot be read or written ({said[:300]}); look at [s3] in huaben.toml, AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, and whether the bucket is there"
        )

    def make(self) -> None:
        """Make the folder; a bucket must be there. Raises OSError."""
        if not self.remote:
            Path(self.root).mkdir(parents=True, exist_ok=True)

    def holds(self, path: Path) -> bool:
        """Whether an absolute path is within the folder."""
        return not self.remote and path.is_relative_to(self.root)

    def files(self, suffix: str = ".parquet") -> dict[str, int]:
        """The files whose names end so, with their bytes."""
        if self.remote:
            from pyarrow.fs import FileSelector, FileType

            with self._system() as (system, root):
                found = system.get_file_info(FileSelector(root, allow_not_found=True, recursive=True))
            sized = {info.path.removeprefix(f"{root}/"): info.size for info in found if info.type == FileType.File}
            return {name: size for name, size in sized.items() if name.endswith(suffix)}
        sizes = {}
        for path in Path(self.root).rglob(f"*{suffix}"):
            try:
                if path.is_file():
                    sizes[path.relative_to(self.root).as_posix()] = path.stat().st_size
            except FileNotFoundError:  # removed since it was listed
                continue
        return sizes

    @contextmanager
    def reading(self, name: str) -> Iterator[IO[bytes]]:
        """A file, opened. Raises FileNotFoundError when it is not there."""
        if not self.remote:
            with open(Path(self.root) / name, "rb") as file:
                yield file
            return
        with self._system() as (system, root), system.open_input_file(f"{root}/{name}") as remote:
            yield remote

    def sha256(self, name: str) -> str:
        """Of a file's bytes, in hexadecimal. Raises FileNotFoundError when it is not there."""
        with self.reading(name) as opened:
            return file_digest(opened, "sha256").hexdigest()  # type: ignore[arg-type]

    def fetch(self, name: str, target: Path) -> None:
        """Copy a file to `target`. Raises FileNotFoundError when it is not there."""
        target.parent.mkdir(parents=True, exist_ok=True)
        if not self.remote:
            shutil.copyfile(Path(self.root) / name, target)
            return
        with self.reading(name) as source, open(target, "wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 22)

    def clear(self) -> None:
        """Remove all files there."""
        if not self.remote:
            shutil.rmtree(self.root, ignore_errors=True)
            return
        names = self.files("")
        with self._system() as (system, root):
            for name in names:
                system.delete_file(f"{root}/{name}")

    @contextmanager
    def filled(self, source: Path) -> Iterator[None]:
        """All that is in the folder `source` is there in the block, and stays if that ends without an error."""
        if not self.remote:
            with write_folder(Path(self.root)) as folder:
                shutil.copytree(source, folder, dirs_exist_ok=True)
                yield
            return
        put: list[str] = []
        try:
            for path in track(sorted(p for p in source.rglob("*") if p.is_file()), "upload", unit="files"):
                put.append(path.relative_to(source).as_posix())
                self._put(path, put[-1])
            yield
        except BaseException:
            with self._system() as (system, root):
                for name in put:
                    system.delete_file(f"{root}/{name}")
            raise

    def _put(self, path: Path, name: str) -> None:
        with (
            self._system() as (system, root),
            path.open("rb") as file,
            system.open_output_stream(f"{root}/{name}") as remote,
        ):
            shutil.copyfileobj(file, remote, 1 << 22)

    @contextmanager
    def _system(self) -> Iterator[tuple[Any, str]]:
        from pyarrow.fs import S3FileSystem

        key, secret, token = self._credentials()
        try:
            system = S3FileSystem(
                access_key=key, secret_key=secret, session_token=token or None, region=self.s3.place,
                endpoint_override=self.s3.endpoint or None, scheme="https" if self.s3.use_ssl else "http",
                force_virtual_addressing=self.s3.style == "vhost", connect_timeout=10, request_timeout=60,
            )  # fmt: skip
            yield system, self.root.removeprefix("s3://")
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self.refused(error) from None

    def _credentials(self) -> tuple[str, str, str]:
        key, secret = os.environ.get("AWS_ACCESS_KEY_ID", ""), os.environ.get("AWS_SECRET_ACCESS_KEY", "")
        if not key or not secret:
            raise BadInput(
                f"{self.root} needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment; set both"
            )
        return key, secret, os.environ.get("AWS_SESSION_TOKEN", "")


def data_folder(home: Path, named: str, s3: S3Config) -> DataFolder:
    """The folder of that name, a path being relative to the home folder. Raises ValueError for an address of another kind."""
    if "://" not in named:
        return DataFolder(os.path.normpath(home / named), s3)
    address = named.rstrip("/")
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"data = {hide(named)!r} is no path and not s3://BUCKET/FOLDER; give one of the two")
    return DataFolder(address, s3)


def hide(text: str) -> str:
    """The text with passwords of connection strings, and what the environment holds as S3's credentials, starred out."""
    text = _SECRET.sub(lambda found: f"{found[1] or found[3]}***", text)
    for name in _CREDENTIALS:
        if len(value := os.environ.get(name, "")) > 3:
            text = text.replace(value, "***")
    return text


def _quoted(text: str) -> str:
    return text.replace("'", "''")
