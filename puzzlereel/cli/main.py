"""The `puzzlereel` command: what every command has in common, and the list of them."""

import io
import os
import sys
from typing import Any

import typer

from puzzlereel import __version__
from puzzlereel.cli import (
    bench,
    board,
    data,
    demo,
    export,
    films,
    gallery,
    hub,
    imports,
    levels,
    plan,
    preflight,
    redteam,
    reproduce,
    sample,
    seal,
    submit,
    train,
)
from puzzlereel.puzzles.core import PuzzlereelError

DONE, FAILED, MISUSE, INTERRUPTED = 0, 1, 2, 130
UsageError: Any = typer.BadParameter.__bases__[0]
"""The parser's own class for a command that was spelt wrong."""

app = typer.Typer(
    name="puzzlereel",
    help="A procedural puzzle benchmark for video models: generate levels, film solutions, judge films, rank models.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    demo.demo,
    data.generate,
    export.export,
    hub.push,
    seal.seal,
    seal.unseal,
    levels.levels,
    levels.solve,
    films.film,
    films.verify,
    gallery.gallery,
    sample.sample,
    board.score,
    board.leaderboard,
    board.compare,
    imports.judge_imported,
    reproduce.reproduce,
    redteam.redteam,
    plan.plan,
    preflight.preflight,
):
    app.command()(command)
app.add_typer(submit.submit, name="submit")
app.add_typer(train.train, name="train")
app.add_typer(bench.bench, name="bench")


@app.callback(invoke_without_command=True)
def alone(version: bool = typer.Option(False, "--version", help="Print the version and exit.")) -> None:
    """What the command does without a sub-command: say its version."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; what was given wrongly costs one line and exit status 2."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")  # it tells of parts that are not needed here
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without our signs loses those, not the line
    try:
        status = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except PuzzlereelError as error:
        status = _complain(str(error))
    except UsageError as error:
        command = error.ctx.command_path if error.ctx else app.info.name
        status = _complain(f"{error.format_message()} See {command} --help.")
    except OSError as error:
        status = _complain(f"{error.strerror}: {error.filename}" if error.filename else str(error))
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    sys.exit(status if isinstance(status, int) else DONE)


def _complain(message: str) -> int:
    print(f"puzzlereel: {' '.join(message.split())}", file=sys.stderr)
    return MISUSE
