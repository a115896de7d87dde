"""`puzzlereel export`."""

from pathlib import Path
from typing import Annotated

import typer

from puzzlereel.cli.progress import progress_bar

MEGABYTE = 10**6


def export(
    data: Annotated[Path, typer.Argument(help="The folder of a data set, as generate writes it.")],
    layout: Annotated[str, typer.Option(help="videorlvr: CSV tables and loose files; webdataset; parquet.")],
    out: Annotated[Path, typer.Option(help="The export's folder: new, or begun with the same options.")],
    shard_size: Annotated[
        int | None, typer.Option(min=1, help="Megabytes of levels in a tar or parquet file; 500 without it.")
    ] = None,
) -> None:
    """Export a data set into a layout that other trainers and loaders read.

    videorlvr is what DiffSynth-Studio's trainers read, with one table for each split and puzzle, and may go into the
    data set's own folder; webdataset and parquet are large files to be streamed. The same data set gives the same
    bytes, and an export that was stopped goes on when the command is given again.

    \b
    Example: puzzlereel export data --layout videorlvr --out data
    Example: puzzlereel export data --layout parquet --out shards --shard-size 200
    """
    from puzzlereel.hub.export import export as export_to

    with progress_bar("levels") as progress:
        size = None if shard_size is None else shard_size * MEGABYTE
        done = export_to(data, out, layout, shard_bytes=size, progress=progress)
    typer.echo(f"{out}: {done.levels} levels in {done.files} files, {done.bytes / MEGABYTE:.1f} MB")
