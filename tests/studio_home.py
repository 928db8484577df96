"""A finished run in, a copy of its home out in which a question that the novel contradicts is a script."""

import shutil
from pathlib import Path

from main_job import Job

from warehouse.lake import writing

EVIL = "<script>alert(1)</script>沈渡"


def planted(job: Job, folder: Path) -> Path:
    """The home, to be written to."""
    copied = folder / "home"
    shutil.copytree(job.home, copied, ignore=shutil.ignore_patterns("prefect", "lock"))
    with writing(copied) as lake, lake.transaction("planted") as connection:
        connection.execute(
            "UPDATE questions SET stem = ? WHERE question_id = (SELECT min(question_id) FROM support WHERE support = 'contradicted')",
            [EVIL],
        )
    return copied
