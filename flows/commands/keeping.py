"""The home folder in; the same without what nobody needs, a copy of it, or what a copy held, out."""

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import Config
from flows.console import out


def tidy(
    config: Config = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    now: Annotated[bool, typer.Option("--now", help="Remove files without the grace; when nobody else reads.")] = False,
    forget: Annotated[
        list[str] | None, typer.Option(metavar="SET", help="Delete this training set first; once for each.")
    ] = None,
) -> None:
    """Expire old snapshots, join small files and remove those that nothing names; training sets keep their snapshots."""
    from corpora.settings import read_toml, settings
    from flows.tidied import show_tidied
    from warehouse.home import home_folder
    from warehouse.lake import reading, writing
    from warehouse.retention import RetentionConfig
    from warehouse.tidy import forget as forget_set
    from warehouse.tidy import tidy as tidy_lake

    # Of the whole config only this, as the rest would bring torch along.
    policy = settings(
        RetentionConfig, read_toml(config).get("retention", {}) if config else {}, f"{config}: [retention]"
    )
    home, sets = home_folder(), forget or []
    with reading(home):  # says so where there is no warehouse, which a writer would make
        pass
    with writing(home) as lake:
        for name in [] if dry_run else sets:
            forget_set(lake, name)
        show_tidied(tidy_lake(lake, policy, dry_run=dry_run, at_once=now, without=sets if dry_run else ()), dry_run)


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, on another disk if it is to help.")],
) -> None:
    """Copy warehouse, training sets, adapters and evaluations to a folder, at one snapshot, while others may write."""
    from warehouse.backup import backup as backup_home
    from warehouse.home import home_folder

    _end_as_by_ctrl_c()
    made = backup_home(home_folder(), folder)
    out.print(f"snapshot {made.snapshot}, {len(made.files):,} files, {made.bytes / 2**20:.1f} MiB → {folder}")


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What huaben backup made.")],
    home: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Home folder to restore to; $HUABEN_HOME by default.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Lose what that folder holds.")] = False,
) -> None:
    """Bring a home folder to hold what a backup holds; every file and row is checked."""
    from warehouse.backup import restore as restore_home
    from warehouse.home import home_folder

    _end_as_by_ctrl_c()
    target = home or home_folder()
    made = restore_home(folder, target, replace)
    rows = sum(int(told.partition(":")[0]) for told in made.tables.values())
    out.print(f"snapshot {made.snapshot}, {rows:,} rows, {len(made.files):,} files → {target}")


def _end_as_by_ctrl_c() -> None:
    """SIGTERM, of a service or a `timeout` that ends: what is half-made goes, as nobody looks for it on another disk."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
