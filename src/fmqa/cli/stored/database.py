"""The commands for the schema of the database that keeps the conversations."""

from typing import Annotated

import typer

from fmqa.cli.environment import read_settings
from fmqa.cli.terminal import Terminal

app = typer.Typer(no_args_is_help=True, help="Look at the schema of the database, and bring it to another revision.")


@app.command("status", epilog="Example: `FMQA_DATABASE=postgresql+psycopg://fmqa@host/fmqa fmqa database status`")
def status() -> None:
    """Say which revision the schema has, and which one this fmqa uses."""
    settings = read_settings()
    from fmqa.store import database  # noqa: PLC0415

    with database.opened(settings.database) as engine:
        found = database.revision(engine)
        rows = [
            ("database", engine.url.render_as_string(hide_password=True)),
            ("revision", found or "none"),
            ("this fmqa uses", database.SCHEMA),
        ]
    Terminal().table(("field", "value"), rows)


@app.command("migrate", epilog="Examples: `fmqa database migrate`; `fmqa database migrate 0002` for an older fmqa")
def migrate(
    revision: Annotated[str | None, typer.Argument(metavar="REVISION", help="Which one; else the newest.")] = None,
) -> None:
    """Bring the schema to a revision. An older one loses what only newer ones hold; a service opens the newest."""
    settings = read_settings()
    from fmqa.store import database  # noqa: PLC0415

    with database.opened(settings.database) as engine:
        before = database.revision(engine)
        database.migrate(engine, revision or database.SCHEMA)
        Terminal().say(f"The schema was {before or 'none'} and is {database.revision(engine)}")
