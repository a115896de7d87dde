"""`puzzlereel seal` and `puzzlereel unseal`."""

from pathlib import Path
from typing import Annotated

import typer

from puzzlereel.cli.progress import progress_bar


def seal(
    data: Annotated[Path, typer.Argument(help="The data set, which stays private: levels, solutions, films.")],
    out: Annotated[Path, typer.Option(help="The folder to publish: new or empty.")],
    opening: Annotated[
        Path | None, typer.Option(help="The file that opens the set later; DATA.opening.json beside DATA without it.")
    ] = None,
) -> None:
    """Seal a test set: publish first frames and prompts, commit to the rest, keep what opens it.

    Keep the opening safe and secret: without it the set can never be opened. Where it exists already, the same seal is
    made again.

    \b
    Example: puzzlereel seal private --out public --opening opening.json
    """
    from puzzlereel.hub.seal import seal as seal_of

    private = data.resolve()
    kept = opening or private.with_name(f"{private.name}.opening.json")
    with progress_bar("rows") as progress:
        sealed = seal_of(data, out, kept, progress=progress)
    typer.echo(f"{out}: {sealed.rows} rows, root {sealed.root}")
    typer.echo(f"the opening is {kept}: keep it safe, and secret until the set is opened")
    if sealed.guessable:
        typer.echo(
            f"{sealed.guessable} of {sealed.rows} ids have a small index: anyone may have made those levels before;"
            " `puzzlereel generate --secret-file FILE` draws indices that nobody guesses"
        )


def unseal(
    public: Annotated[Path, typer.Argument(help="The sealed test set as it was published.")],
    opening: Annotated[Path, typer.Option(help="The file that opens it.")],
    root: Annotated[str | None, typer.Option(help="The root as it was published elsewhere, in a paper say.")] = None,
    submission: Annotated[Path | None, typer.Option(help="A submission whose films have sealed names.")] = None,
    out: Annotated[Path | None, typer.Option(help="With --submission: its copy with the names of the ids.")] = None,
) -> None:
    """Open a sealed test set, and check that it is the one that was published.

    Exit status 1 where anything differs, each difference on a line of its own.

    \b
    Example: puzzlereel unseal public --opening opening.json
    Example: puzzlereel unseal public --opening opening.json --submission team --out team-opened
    """
    from puzzlereel.hub.unseal import rename
    from puzzlereel.hub.unseal import unseal as open_set

    if (submission is None) != (out is None):
        raise typer.BadParameter("expected --submission and --out together")
    with progress_bar("rows") as progress:
        found = open_set(public, opening, root=root, progress=progress)
    for complaint in found.complaints:
        typer.echo(complaint)
    if found.complaints:
        raise typer.Exit(1)
    typer.echo(f"{public}: {len(found.rows)} rows as they were committed to, root {found.root}")
    if submission and out:
        renamed = rename(submission, out, found.rows)
        left = f", {len(renamed.left_out)} files left out, as {renamed.left_out[0]}" if renamed.left_out else ""
        typer.echo(f"{out}: {renamed.films} films under the names of their ids{left}")
