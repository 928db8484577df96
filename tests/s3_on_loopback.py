"""moto's server on a loopback port in, a bucket in it, with credentials that nobody else knows in the environment, out."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import Request, urlopen

import pytest

from corpora.files import stable_id

KEY, SECRET = "huaben-test-key-id", "huaben-test/secret+word"


@contextmanager
def bucket(name: str = "lake") -> Iterator[str]:
    """The table [s3] of a huaben.toml by which the bucket is reached; a skip where moto or httpfs is not installed."""
    pytest.importorskip("duckdb_extension_httpfs", reason='no httpfs: pip install -c constraints.txt -e ".[s3]"')
    server_of = pytest.importorskip("moto.server", reason='no moto: pip install -c constraints.txt -e ".[s3-test]"')
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    before = {key: os.environ.get(key) for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")}
    os.environ.update(
        {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": stable_id("token")}
    )
    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        urlopen(Request(f"http://{host}:{port}/{name}", method="PUT")).close()
        yield f'[s3]\nendpoint = "{host}:{port}"\nuse_ssl = false\n'
    finally:
        server.stop()
        for key, value in before.items():
            os.environ.pop(key) if value is None else os.environ.update({key: value})
