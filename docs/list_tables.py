"""schema.sql and views.sql in, the section "Tables, views and macros" of docs/warehouse.md out.

.venv/bin/python docs/list_tables.py
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # so that it runs from a bare checkout

from warehouse.schema import columns, table_comments  # noqa: E402
from warehouse.views import views  # noqa: E402

BEGIN, END = "<!-- tables: made by docs/list_tables.py -->", "<!-- /tables -->"


def section() -> str:
    """A heading and a table of columns for every table, view and macro."""
    lines = [BEGIN, "", "## Tables", ""]
    for name, about in table_comments().items():
        body = {column: (kind.lower(), comment) for column, (kind, comment) in columns()[name].items()}
        lines += [f"### {name}", "", f"{about}.", "", "| column | type | |", "|---|---|---|"]
        lines += [f"| `{column}` | {kind} | {_cell(comment)} |" for column, (kind, comment) in body.items()]
        lines.append("")
    for title, macros in (("Views", False), ("Macros", True)):
        lines += [f"## {title}", ""]
        for view in views().values():
            if bool(view.arguments) == macros:
                lines += [f"### {view.name}{view.arguments}", "", f"{view.comment.rstrip('.')}.", ""]
                lines += ["| column | |", "|---|---|"]
                lines += [f"| `{column}` | {_cell(comment)} |" for column, comment in view.columns.items()]
                lines.append("")
    return "\n".join([*lines, END])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    """Write the section into docs/warehouse.md."""
    page = ROOT / "docs" / "warehouse.md"
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.S)
    page.write_text(pattern.sub(lambda _: section(), page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
