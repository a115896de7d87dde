"""`puzzlereel push`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from puzzlereel.cli.progress import progress_bar


def push(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A finished data set.")],
    repo: Annotated[str, typer.Argument(metavar="USER/NAME", help="The repo, made if it is not there.")],
    private: Annotated[bool, typer.Option("--private", help="Make it a private repo.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, list what would be sent, contact no one.")] = False,
    revision: Annotated[str | None, typer.Option(help="A branch, made if it is not there.")] = None,
) -> None:
    """Push a data set to the Hugging Face Hub.

    The token is that of HF_TOKEN or of `hf auth login`. Just what the manifest names is sent, less what the repo has;
    the same command goes on with a push that was cut off. Exit status 1: the Hub or the network failed for long.

    \b
    Example: puzzlereel push data user/puzzles --dry-run
    Example: puzzlereel push data user/puzzles --private --revision draft
    """
    from puzzlereel.hub.answers import PushStopped
    from puzzlereel.hub.push import check_target, files_of, how_to_load
    from puzzlereel.hub.push import push as push_of

    if dry_run:
        check_target(repo, revision)
        files = files_of(folder)
        for file in files:
            typer.echo(f"{file.size:>12}  {file.name}")
        total = sum(file.size for file in files)
        typer.echo(f"{repo}: {len(files)} files, {total} bytes, none of them sent")
        return
    try:
        with progress_bar("files") as progress:
            pushed = push_of(folder, repo, branch=revision, private=private, progress=progress)
    except PushStopped as stopped:
        print(f"puzzlereel: {stopped}", file=sys.stderr)
        raise typer.Exit(1) from None
    sent = f"{len(pushed.sent)} of {pushed.files} files sent, {sum(file.size for file in pushed.sent)} bytes"
    told = sent if pushed.sent else f"nothing to send, all {pushed.files} files are there"
    removed = f", {len(pushed.removed)} of an earlier push removed" if pushed.removed else ""
    typer.echo(f"{pushed.url}: {told}{removed}; {how_to_load(folder, repo, revision)}")
