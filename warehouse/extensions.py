"""DuckDB's signed extensions, loaded from the packages that carry them."""

from importlib.util import find_spec
from pathlib import Path

import duckdb

from corpora.errors import BadInput


def load_extension(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load the extension by path from its PyPI package, or else from DuckDB's own repository.

    Works offline with the package. Raises BadInput when neither has it.
    """
    spec = find_spec(f"duckdb_extension_{name}")
    binary = None
    if spec and spec.origin:
        folder = Path(spec.origin).parent / "extensions" / f"v{duckdb.__version__}"
        binary = folder / f"{name}.duckdb_extension"
    try:
        if binary and binary.is_file():
            connection.execute(f"LOAD '{str(binary).replace(chr(39), chr(39) * 2)}'")
        else:
            connection.install_extension(name)
            connection.load_extension(name)
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        package = f"duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
        raise BadInput(f"DuckDB extension {name} cannot be loaded ({first}); run: pip install {package}") from None


def try_extension(name: str) -> str:
    """Load the extension into a database in memory, and say DuckDB's version. Raises BadInput as `load_extension` does."""
    with duckdb.connect() as connection:
        load_extension(connection, name)
    return duckdb.__version__
