"""A table row's cells in, one line of text out."""


def tab_row(cells: list[str]) -> str:
    """The cells parted by tabs; one that begins with a quotation mark is quoted as in CSV, so that it reads back."""
    return "\t".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' if cell.startswith('"') else cell for cell in cells)
