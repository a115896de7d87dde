"""Sealed sets as those see them who take part: rows under their published names, without ids, levels or solutions."""

from pathlib import Path
from typing import Any

from puzzlereel import __version__
from puzzlereel.hub.dataset import MANIFEST, PARTS, BadDataset, Dataset, Row, open_dataset, read_manifest, sha256_of
from puzzlereel.hub.opening import NUMBERS, PUBLISHED, BadSeal, check_name
from puzzlereel.hub.rows import read_rows


def open_any(folder: Path) -> Dataset:
    """The data set in a folder, sealed or not; BadDataset or BadSeal where there is none."""
    return open_sealed(folder) if "sealed" in read_manifest(folder) else open_dataset(folder)


def open_to_score(folder: Path) -> Dataset:
    """The data set in a folder; BadDataset where there is none, or a sealed one, by which nothing can be judged."""
    if "sealed" in read_manifest(folder):
        raise BadDataset(
            f"expected a data set with its levels, got a sealed one in {folder}: hand in your films to whoever has its"
            " opening, and `puzzlereel submit check` them before"
        )
    return open_dataset(folder)


def open_sealed(folder: Path) -> Dataset:
    """The rows of a sealed set: their names stand for their ids, and there is nothing to judge a film by.

    BadSeal where they cannot be read. No submission may name its hashes, which are none of the private data set.
    """
    rows = []
    for part in read_manifest(folder)["parts"]:
        if part not in PARTS:
            raise BadSeal(f"expected parts like maze/test, got {part!r:.80} in {folder}")
        path = folder / part / "metadata.parquet"
        try:
            for told in read_rows(path, list(PUBLISHED)):
                name = check_name(told["name"], path)
                shown: dict[str, Any] = {key: (int if key in NUMBERS else str)(told[key]) for key in PUBLISHED[1:]}
                rows.append(Row(id=name, level="", solution="", generator_version="", video="", **shown))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise BadSeal(f"expected the rows of a sealed test set in {path}, got: {error!s:.100}") from None
    return Dataset(folder, __version__, sha256_of(folder / MANIFEST), tuple(rows), "")
