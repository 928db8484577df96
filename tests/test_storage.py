"""The data folder on a shared path or in a bucket: machines that write at once, and whatever works beside the lake."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import connection_string, drop_schema
from s3_on_loopback import KEY, SECRET, bucket

from benchmarks.machines import alone, at_once, documents
from corpora.errors import BadInput
from corpora.files import stable_id
from flows.doctor.home import warehouse
from warehouse.backup import backup, restore
from warehouse.ingest import ingest
from warehouse.lake import reading, writing
from warehouse.place import place_of
from warehouse.query import query
from warehouse.retention import RetentionConfig
from warehouse.rowhash import row_hashes
from warehouse.storage import DataFolder, S3Config, data_folder, hide
from warehouse.tidy import tidy


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with bucket() as table:
        yield table


@pytest.fixture(scope="module")
def rows_of_one(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return alone(tmp_path_factory.mktemp("alone") / "home", 3, curated=False)


def home_at(home: Path, schema: str, data: str, s3: str) -> Path:
    """A home folder whose catalog is that schema, and whose Parquet files lie in `data`."""
    home.mkdir(parents=True)
    told = {"catalog": f"postgres:{connection_string()}", "schema": schema, "data": data}
    lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
    (home / "huaben.toml").write_text("\n".join(["[warehouse]", *lines, "", s3]), encoding="utf-8")
    return home


@pytest.mark.parametrize("where", [pytest.param("path", marks=pytest.mark.long), "bucket"])
def test_machines_at_once_give_the_rows_of_one_after_the_other(
    where: str, rows_of_one: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    table = request.getfixturevalue("s3") if where == "bucket" else ""
    data = f"s3://lake/{tmp_path.name}" if table else str(tmp_path / "data")
    schema = f"test_{stable_id(os.getpid(), tmp_path)}"
    outcome = at_once(
        tmp_path, connection_string(), schema, data, table, machines=2, number=3, kills=0, expected=rows_of_one
    )
    drop_schema(tmp_path / "machine0")
    assert (outcome.wrong, outcome.faults, outcome.files_missing) == ((), 0, 0)
    assert outcome.rows > 20


def test_what_works_beside_the_lake_works_in_a_bucket(s3: str, tmp_path: Path) -> None:
    schema = f"test_{stable_id(os.getpid(), tmp_path)}"
    home = home_at(tmp_path / "home", schema, "s3://lake/beside/", s3)
    with writing(home) as lake:
        ingest(lake, documents(4)[2:])
        rows = row_hashes(lake)
        before = lake.place.data.files()
        assert before and all(name.startswith("lake/") for name in before)
        assert [finding.level for finding in warehouse(home)] == ["well", "well"]
        assert list(query(home, "SELECT count(*) FROM documents"))[-1].to_pylist() == [{"count_star()": 2}]
    n = len(before)
    files = [one.found for one in warehouse(home) if one.subject == "Parquet files"]
    assert files[0].startswith(f"all {n} that the catalog names can be read, {n} hash as when they were written, ")
    name = min(before)
    with lake.place.data._system() as (system, root):
        whole = system.open_input_file(f"{root}/{name}").read()
        for content, level in ((whole[:4] + bytes([whole[4] ^ 1]) + whole[5:], "fault"), (whole, "well")):
            with system.open_output_stream(f"{root}/{name}") as file:
                file.write(content)
            assert [one.level for one in warehouse(home) if one.subject == "Parquet files"] == [level]
    saved = backup(home, tmp_path / "saved")
    assert saved.tables == rows and all(f"data/{name}" in saved.files for name in before)
    with pytest.raises(BadInput, match="s3://lake/beside is not empty"):
        restore(tmp_path / "saved", home_at(tmp_path / "other", schema, "s3://lake/beside", s3))
    with pytest.raises(BadInput, match="psql failed"):  # the schema is there
        restore(tmp_path / "saved", home_at(tmp_path / "third", schema, "s3://lake/again", s3))
    assert not place_of(tmp_path / "third").data.files()
    drop_schema(home)
    restore(tmp_path / "saved", tmp_path / "third")
    with writing(tmp_path / "third") as lake:
        assert row_hashes(lake) == rows
        with lake.transaction("change all"):
            for name in ("sources", "documents", "questions", "utterances"):
                lake.connection.execute(f"CREATE TEMP TABLE old AS FROM {name}")
                lake.connection.execute(f"DELETE FROM {name}; INSERT INTO {name} FROM old; DROP TABLE temp.old")
        tidied = tidy(lake, RetentionConfig(keep_last=1, keep_days=0, grace_hours=0), at_once=True)
        there = lake.place.data.files()
        assert any("utterances" in name for name in tidied.removed) and tidied.removed.items() <= before.items()
        assert not tidied.removed.keys() & there.keys()
        assert row_hashes(lake) == rows
        gone = next(name for name in there if "utterances" in name)
        with lake.place.data._system() as (system, root):
            system.delete_file(f"{root}/{gone}")
    assert [(f.level, f.found) for f in warehouse(tmp_path / "third")][1] == ("fault", f"missing: {gone}")
    drop_schema(home)


def test_credentials_are_repeated_nowhere(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = f"test_{stable_id(os.getpid(), tmp_path)}"
    home = home_at(tmp_path / "home", schema, "s3://nobodys/bucket", s3)
    with (
        pytest.raises(BadInput, match=r"^s3://nobodys/bucket cannot be read or written \(.*look at \[s3\]") as caught,
        writing(home),
    ):
        pass
    said = [str(caught.value), *(finding.found for finding in warehouse(home))]
    assert not any(word in text for text in said for word in (KEY, SECRET))
    assert hide(f"403 for {KEY} with {SECRET}") == "403 for *** with ***"
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(BadInput, match="needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"), reading(home):
        pass


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[warehouse]\ndata = "s3://lake/x"', "data in a bucket needs a catalog in PostgreSQL; add catalog"),
        ('[warehouse]\ncatalog = "postgres:dbname=h"\ndata = "gs://lake/x"', "is no path and not s3://BUCKET/FOLDER"),
        ('[warehouse]\ncatalog = "postgres:dbname=h"\ndata = "s3://me:sesame@lake/x"', "'s3://me:***@lake/x' is no path"),
        ('[s3]\nsecret = "sesame"', "unknown key 'secret'"),
        ('[s3]\nendpoint = "http://a:1"', "is no HOST:PORT; leave http:// and the bucket out"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "huaben.toml").write_text(text)
    with pytest.raises(BadInput) as caught:
        place_of(tmp_path)
    assert said in str(caught.value) and "sesame" not in str(caught.value)


def test_defaults_of_a_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert (S3Config().style, S3Config().place, S3Config("minio:9000").style) == ("vhost", "us-east-1", "path")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert (S3Config().place, S3Config(region="x").place) == ("eu-central-1", "x")
    assert data_folder(Path("/home"), "s3://lake/", S3Config()) == DataFolder("s3://lake")
    assert data_folder(Path("/home"), "../data", S3Config()) == DataFolder("/data")
