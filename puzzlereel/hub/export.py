"""Export a data set into a layout that other trainers and loaders read.

videorlvr    <split>/metadata_{all,<puzzle>}.csv and <split>/<puzzle>/<name>.{mp4,png}     for DiffSynth-Studio
webdataset   <puzzle>/<split>/<puzzle>-<split>-00000.tar                                   for streaming
parquet      <puzzle>/<split>-00000-of-00002.parquet, the films inside                     for streaming

Beside them stand README.md, the card; export.json, which says of what data set this is the export, and lets the same
command go on where it was stopped; and SHA256SUMS, which comes last. Every file appears whole or not at all, and the
same data set gives the same bytes. Only `videorlvr` may go into the data set's own folder, and then adds no more than
its own files.
"""

import json
from pathlib import Path
from typing import Any

from puzzlereel import __version__
from puzzlereel.files import whole, write_whole
from puzzlereel.hub.dataset import MANIFEST, SCHEMA_VERSION, Progress, sha256_of
from puzzlereel.hub.export_card import card_of
from puzzlereel.hub.export_csv import write_csvs
from puzzlereel.hub.export_entries import Source, open_source
from puzzlereel.hub.export_files import Report
from puzzlereel.hub.export_shards import PARQUET, TAR, Plan, Shards, names_of, plan_of, write_shards
from puzzlereel.puzzles.core import PuzzlereelError

SHARDS = {"webdataset": TAR, "parquet": PARQUET}
LAYOUTS = ("videorlvr", *SHARDS)
SHARD_BYTES = 500 * 10**6
"""The most bytes of levels in a shard, unless told otherwise."""
BEGUN, SUMS = "export.json", "SHA256SUMS"


class CannotExport(PuzzlereelError):
    """A layout that there is none of, or a folder that is no place for it."""


def export(
    folder: Path, out: Path, layout: str, *, shard_bytes: int | None = None, progress: Progress | None = None
) -> Report:
    """Export the data set in a folder into another, or go on with that; BadDataset, CannotExport where it cannot be."""
    if layout not in LAYOUTS:
        raise CannotExport(f"expected a layout of {', '.join(LAYOUTS)}, got {layout!r}")
    shards = SHARDS.get(layout)
    if shards is None and shard_bytes is not None:
        raise CannotExport(f"expected a size of shards with {' or '.join(SHARDS)} only, got one with {layout}")
    source = open_source(folder)
    if not out.exists() or not out.samefile(folder):
        return _export(source, out, layout, shards, SHARD_BYTES if shard_bytes is None else shard_bytes, progress)
    if shards:
        raise CannotExport(f"expected another folder than the data set's own for {layout}, got {out}")
    report = Report(out, source.count, progress)
    write_csvs(source, out, report)
    return report


def _export(
    source: Source, out: Path, layout: str, shards: Shards | None, most: int, progress: Progress | None
) -> Report:
    """The export into a folder of its own."""
    _check_place(out)
    plan = plan_of(source, shards, most) if shards else {}
    _begin(out, source, layout, plan)
    if shards:
        _drop_damaged(out, source, shards, plan)
    with whole(out / SUMS, alone=True) as unfinished, unfinished.open("w", encoding="utf-8", newline="\n") as sums:
        report = Report(out, source.count, progress, sums)
        if shards:
            write_shards(source, out, shards, plan, report)
        else:
            write_csvs(source, out, report)
        write_whole(out / "README.md", card_of(source, layout), alone=True)
        for name in ("README.md", BEGUN):
            report.file(out / name)
    _write_manifest(source, out, layout)
    return report


def _write_manifest(source: Source, out: Path, layout: str) -> None:
    """Write the manifest, by which an export is pushed; last, as in a data set."""
    lines = (out / SUMS).read_text(encoding="utf-8").splitlines()
    files = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    told = {
        "schema_version": SCHEMA_VERSION,
        "benchmark_version": __version__,
        "layout": layout,
        "parts": [f"{part.puzzle}/{part.split}" for part in source.parts],
        "files": files | {SUMS: sha256_of(out / SUMS)},
    }
    write_whole(out / MANIFEST, json.dumps(told, indent=2) + "\n", alone=True)


def _check_place(out: Path) -> None:
    """CannotExport where the folder holds what is no export."""
    ours = {BEGUN, f".{BEGUN}.part"}
    if out.is_dir() and not (out / BEGUN).exists() and any(path.name not in ours for path in out.iterdir()):
        raise CannotExport(f"expected an empty folder or an export, found other files in {out}")


def _begin(out: Path, source: Source, layout: str, plan: Plan) -> None:
    """Write down what is exported how; CannotExport where the folder was begun with something else."""
    wanted = {
        "benchmark_version": __version__,
        "layout": layout,
        "manifest_sha256": source.manifest_sha256,
        "shards": dict(plan),
    }
    begun = out / BEGUN
    if begun.exists():
        was = _begun(begun)
        if differing := [name for name in wanted if was.get(name) != wanted[name]]:
            name = differing[0]
            told = "" if name == "shards" else f" {str(was.get(name))[:80]!r}"
            got = "others" if name == "shards" else repr(wanted[name])
            raise CannotExport(f"expected the {name}{told} with which {out} was begun, got {got}")
    write_whole(begun, json.dumps(wanted, indent=2) + "\n", alone=True)


def _begun(path: Path) -> dict[str, Any]:
    """What an export was begun with."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, RecursionError):
        raise CannotExport(f"expected what an export was begun with, got something else in {path}") from None


def _drop_damaged(out: Path, source: Source, shards: Shards, plan: Plan) -> None:
    """Take away the shards of a finished export that are not what its checksums say, so that they are made again."""
    if not (out / SUMS).is_file():
        return
    lines = (out / SUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    known = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    for name in [name for part in source.parts for name in names_of(part, shards, plan)]:
        path = out / name
        if path.is_file() and sha256_of(path) != known.get(name):
            path.unlink()
