"""schema.sql and views.sql in, what a person can ask for by SQL out."""

from warehouse.schema import columns, table_comments
from warehouse.views import views


def tables() -> list[tuple[str, str, list[str]]]:
    """Name, what it holds, and columns of every table, view and macro."""
    made = [(name, about, list(columns()[name])) for name, about in table_comments().items()]
    return made + [(f"{view.name}{view.arguments}", view.comment, list(view.columns)) for view in views().values()]
