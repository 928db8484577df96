"""TOML in, frozen dataclasses out; an unknown key or a wrong type is said in one sentence."""

import difflib
import tomllib
import types
import typing
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from corpora.errors import BadInput

C = TypeVar("C")


def read_toml(path: Path) -> dict[str, Any]:
    """The file's tables. Raises BadInput when it is missing, not UTF-8 or not TOML."""
    try:
        return tomllib.loads(Path(path).read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; give the path of a TOML file") from None
    except IsADirectoryError:
        raise BadInput(f"{path} is a folder; give the path of a TOML file") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path}: not valid TOML: {error}") from None


def settings(cls: type[C], table: dict[str, Any], where: str) -> C:
    """An instance of the dataclass `cls` filled from `table`; nested dataclasses are filled from sub-tables.

    `where` names the file and table for messages. Raises BadInput on an unknown key (with the nearest known
    one), a missing required key, or a value of another type. Integers are taken where floats are expected.
    """
    if not isinstance(table, dict):  # keep = 1 where [keep] was meant
        raise BadInput(f"{where} is {table!r}; it must be a table, with keys of its own")
    known = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(cls)
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
            raise BadInput(f"{where}: unknown key {key!r}; {hint}")
    values = {}
    for name, field in known.items():
        if name in table:
            values[name] = _value(hints[name], table[name], f"{where}: {name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise BadInput(f"{where}: key {name!r} is missing; add it")
    try:
        return cls(**values)
    except ValueError as error:  # a dataclass that checks its own ranges in __post_init__
        raise BadInput(f"{where}: {error}") from None


def _value(hint: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if is_dataclass(hint):
        return settings(typing.cast(type, hint), value, where)
    if origin in (typing.Union, types.UnionType):
        for option in arguments:
            if option is not type(None):
                return _value(option, value, where)
    if origin is typing.Literal:
        if value not in arguments:
            raise BadInput(f"{where} is {value!r}; choose one of {', '.join(map(str, arguments))}")
        return value
    if origin is tuple and isinstance(value, list):
        return tuple(_value(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if origin is tuple and isinstance(value, dict) and is_dataclass(arguments[0]):
        name = where.rpartition(" ")[2]
        raise BadInput(f"{where} is one table, and must be a list of them; write [[{name}]] with two brackets")
    if origin is dict and isinstance(value, dict):
        return {key: _value(arguments[1], item, f"{where}.{key}") for key, item in value.items()}
    expected = origin or hint
    if expected is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if expected is Path and isinstance(value, str):
        return Path(value)
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        raise BadInput(f"{where} is {value!r}; it must be of type {getattr(expected, '__name__', expected)}")
    return value
