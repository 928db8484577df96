"""Something seems wrong; what it is, and what to do."""

from typing import Annotated

import typer


def doctor(
    fix: Annotated[
        bool, typer.Option("--fix", help="Do what is safe to do: nothing that is lost can be wanted.")
    ] = False,
) -> None:
    """Look at versions, extensions, fonts, disk, memory, the catalog and every file of the home folder; each finding
    with its remedy. Exit status 1 when a fault is left."""
    from rich.markup import escape

    from flows.console import out, say
    from flows.doctor.visit import findings
    from warehouse.home import home_folder

    faults = 0
    for one in findings(home_folder().absolute()):
        mark = {"well": "[green]well [/]", "note": "[yellow]note [/]", "fault": "[red]fault[/]"}[one.level]
        out.print(f"{mark} {escape(one.subject)}: {escape(one.found)}")
        if one.remedy and fix and one.cure:
            one.cure()
            out.print("      [green]done[/]")
        elif one.remedy:
            out.print(f"      → {escape(one.remedy)}" + (" (or: huaben doctor --fix)" if one.cure else ""))
        faults += one.level == "fault"
    if faults:
        say(f"huaben: {faults} {'fault' if faults == 1 else 'faults'}; see the remedies above")
        raise typer.Exit(1)
