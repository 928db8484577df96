"""The rooms' modules in, the section "One line per file" of README.md out.

    .venv/bin/python docs/list_files.py

A file's line is the first sentence of its docstring. README.zh.md has lines of its own; a test holds both complete.
"""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("corpora", "extractors", "warehouse", "train", "eval", "flows")
BEGIN, END = "<!-- files: made by docs/list_files.py -->", "<!-- /files -->"


def modules(root: Path = ROOT) -> list[Path]:
    """The rooms' modules relative to `root`, room by room, packages' `__init__.py` left out."""
    return [
        path.relative_to(root)
        for room in ROOMS
        for path in sorted((root / room).rglob("*.py"))
        if path.name != "__init__.py"
    ]


def first_line(path: Path) -> str:
    """What the module's docstring says first, on one line."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return re.sub(r"\s+", " ", re.split(r"\n\s*\n", text)[0])


def section(root: Path = ROOT) -> str:
    """The table, a row a file, a heading a room."""
    lines = [BEGIN, ""]
    room = ""
    for path in modules(root):
        if path.parts[0] != room:
            room = path.parts[0]
            about = first_line(root / room / "__init__.py").rstrip(".")
            lines += ["" if lines[-1] else None, f"**{room}/** — {about}", "", "| file | |", "|---|---|"]
        told = first_line(root / path).replace("|", "\\|")
        lines.append(f"| [{path.relative_to(room)}]({path}) | {told} |")
    return "\n".join(line for line in lines if line is not None) + f"\n\n{END}"


def main() -> None:
    """Write the section into README.md."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.S)
    readme.write_text(pattern.sub(lambda _: section(), text), encoding="utf-8")


if __name__ == "__main__":
    main()
