"""The rooms keep to their arrows, and every file says what it is."""

import ast
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "corpora": set(),
    "extractors": {"corpora"},
    "warehouse": {"corpora", "extractors"},
    "train": {"warehouse"},
    "eval": {"train", "warehouse"},
    "flows": {"corpora", "extractors", "warehouse", "train", "eval"},
}
FILES = sorted(path for room in MAY_IMPORT for path in (ROOT / room).rglob("*.py"))
# A lost race between two writers is retried where steps are made, and only DuckDB has a name for it.
MAY_NAME_DUCKDB = {"warehouse"}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(module: ast.Module, package: str) -> set[str]:
    """Every module that is imported, also inside functions; relative ones with their package."""
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}  # a name may be a module
    return found


def imports_of(path: Path) -> set[str]:
    return imports(tree(path), name(path.parent).replace("/", "."))


def wrong_arrows(room: str, imported: set[str]) -> set[str]:
    rooms = {module.split(".")[0] for module in imported} & set(MAY_IMPORT)
    return rooms - MAY_IMPORT[room] - {room}


def test_the_parser_sees_every_kind_of_import() -> None:
    planted = ast.parse(
        "import flows.cli as a\ndef f():\n    from eval.rouge import g\n    from . import h\n    from ..k import m"
    )
    assert imports(planted, "eval.studio") == {
        "flows.cli", "eval.rouge", "eval.rouge.g", "eval.studio", "eval.studio.h", "eval.k", "eval.k.m",
    }  # fmt: skip
    assert wrong_arrows("corpora", {"flows.cli", "corpora.files", "json"}) == {"flows"}
    assert wrong_arrows("train", {"corpora.files", "warehouse.kit"}) == {"corpora"}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_wrong_arrow(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    assert wrong_arrows(room, imports_of(path)) == set()


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_file_and_every_public_name_has_a_docstring(path: Path) -> None:
    assert ast.get_docstring(tree(path)), f"{name(path)} does not say what it is"
    bare = []
    for node in tree(path).body:
        inner = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else []
        for part in [node, *inner]:
            if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not part.name.startswith(
                "_"
            ):
                overrides = part in inner and bool(node.bases)  # type: ignore[union-attr]  (documented by the base)
                if not ast.get_docstring(part) and not overrides:
                    bare.append(part.name)
    assert bare == []


def closure(start: set[Path]) -> dict[str, str]:
    """Every module that importing `start` may bring in, through all rooms, to the file that imports it."""
    seen, found, waiting = set(), {}, sorted(start)
    while waiting:
        path = waiting.pop()
        seen.add(path)
        for module in imports_of(path):
            found.setdefault(module, name(path))
            for candidate in (ROOT / f"{module.replace('.', '/')}.py", ROOT / module.replace(".", "/") / "__init__.py"):
                if candidate.is_file() and candidate not in seen and candidate not in waiting:
                    waiting.append(candidate)
    return found


def test_train_runs_on_a_machine_that_has_only_what_models_need() -> None:
    """Also through what it imports from the warehouse."""
    brought = closure(set((ROOT / "train").rglob("*.py")))
    absent = {"prefect", "duckdb", "rich", "typer", "jieba", "opencc", "rensa", "httpx", "streamlit"}
    assert {module: path for module, path in brought.items() if module.split(".")[0] in absent} == {}
    assert "corpora.errors" in brought  # the walk does go through warehouse.kit


def test_only_the_warehouse_knows_sql() -> None:
    named = {name(path) for path in FILES if any(module.split(".")[0] == "duckdb" for module in imports_of(path))}
    assert {path for path in named if path.split("/")[0] not in MAY_NAME_DUCKDB} <= MAY_NAME_DUCKDB


def test_the_warehouse_knows_no_models() -> None:
    heavy = {"torch", "transformers", "peft", "accelerate"}
    for path in FILES:
        if name(path).startswith(("corpora/", "extractors/", "warehouse/")):
            assert {module.split(".")[0] for module in imports_of(path)} & heavy == set(), name(path)


def test_no_flow_hides_a_room() -> None:
    assert {path.stem for path in (ROOT / "flows").glob("*.py")} & set(MAY_IMPORT) == set()


@cache
def distributions() -> dict[str, list[str]]:
    return dict(packages_distributions())


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_no_other_distribution_ships_a_package_of_our_name(room: str) -> None:
    assert set(distributions().get(room, [])) <= {"huaben"}


def test_every_room_is_packaged_and_nothing_can_be_uploaded() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["setuptools"]["packages"]["find"]["include"] == [f"{room}*" for room in MAY_IMPORT]
    assert "Private :: Do Not Upload" in project["project"]["classifiers"]
    for room in MAY_IMPORT:
        for folder in {path.parent for path in (ROOT / room).rglob("*.py")}:
            assert (folder / "__init__.py").is_file(), f"{name(folder)} would be left out of the wheel"


def test_the_tests_are_flat_and_named_after_modules() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
    assert all(path.parent == ROOT / "tests" for path in (ROOT / "tests").rglob("test_*.py"))
