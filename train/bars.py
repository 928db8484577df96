"""A progress bar moved by hand, for loops that show a figure beside it or that a library drives."""

from tqdm import tqdm

from warehouse.kit import bar_manner


def step_bar(label: str, total: int, unit: str = "steps", initial: int = 0) -> tqdm:
    """A bar on standard error that looks like `warehouse.kit.track`'s; `update()`, `set_postfix_str()`, `close()`."""
    return tqdm(total=total, desc=label, unit=f" {unit}", initial=initial, **bar_manner())


def hide_library_bars() -> None:
    """Keep transformers from drawing bars of its own for every file that it reads or writes."""
    from transformers.utils import logging

    logging.disable_progress_bar()
