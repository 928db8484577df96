"""The hash of the code changes with any of it, and with nothing else."""

from pathlib import Path

import pytest

from warehouse.fingerprint import code_fingerprint


def test_every_file_counts_and_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "shuihu_fingerprint"
    (package / "casts").mkdir(parents=True)
    (package / "__init__.py").write_text('"""梁山。"""')
    (package / "casts" / "shuihu.toml").write_text('novel = "水浒传"')
    monkeypatch.syspath_prepend(str(tmp_path))

    def now() -> str:
        code_fingerprint.cache_clear()
        return code_fingerprint("shuihu_fingerprint")

    first = now()
    assert first == now() and len(first) == 16
    (package / "notes.txt").write_text("not code")
    assert now() == first
    seen = {first}
    (package / "casts" / "shuihu.toml").write_text('novel = "水滸傳"')
    seen.add(now())
    (package / "casts" / "shuihu.toml").rename(package / "casts" / "honglou.toml")
    seen.add(now())
    (package / "schema.sql").write_text("SELECT 1")
    seen.add(now())
    assert len(seen) == 4
    code_fingerprint.cache_clear()
