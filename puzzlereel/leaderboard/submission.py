"""What a participant hands in: a folder with a description and a film a level.

submission/
  submission.yaml     who made the films, and how: schemas/submission.json
  videos/…            the films, named as `films.py` tells
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from puzzlereel.files import write_whole
from puzzlereel.hub.dataset import Dataset
from puzzlereel.leaderboard.files import plain, read_text
from puzzlereel.leaderboard.schema import check
from puzzlereel.puzzles.core import PuzzlereelError

DESCRIPTION = "submission.yaml"
MOST_DESCRIPTION = 64 * 2**10
"""The largest description that is read, in bytes."""
DEEPEST = 5
"""How deep a description may nest."""


class BadSubmission(PuzzlereelError):
    """A submission that cannot be scored as it is."""


@dataclass(frozen=True)
class Submission:
    """One participant's folder, its description checked."""

    name: str
    """What the board calls it: the model's name."""
    meta: Mapping[str, Any]
    """The description, as `schemas/submission.json` allows it."""
    folder: Path


def read_submission(folder: Path) -> Submission:
    """The submission in a folder; BadSubmission or BadFile, in one line, where its description is not as it must be."""
    if not folder.is_dir():
        raise BadSubmission(f"{folder}: expected a folder with {DESCRIPTION} and videos")
    path = folder / DESCRIPTION
    meta = read_description(read_text(path, most=MOST_DESCRIPTION), where=str(path))
    return Submission(meta["model"]["name"], meta, folder)


def read_description(text: str, *, where: str) -> dict[str, Any]:
    """The description that plain YAML spells; BadSubmission for tags, anchors, doubled, missing or unknown keys."""
    try:
        for complaint in _trickery(text):
            raise BadSubmission(f"{where}: {complaint}")
        meta = yaml.safe_load(text)
        json.dumps(meta, allow_nan=False)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise BadSubmission(f"{where}: {_line(mark)}expected YAML: {plain(error.problem or '')}") from None
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise BadSubmission(f"{where}: expected YAML of plain values: {plain(str(error))[:200]}") from None
    check_description(meta, where=where)
    return dict(meta)


def check_description(meta: Any, *, where: str) -> None:
    """Raises BadSubmission where a description is not as `schemas/submission.json` says."""
    if not _keys_are_texts(meta):
        raise BadSubmission(f"{where}: expected every key to be a text")
    check(meta, "submission", where=where, error=BadSubmission)


def _keys_are_texts(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _keys_are_texts(inner) for key, inner in value.items())
    return not isinstance(value, list) or all(map(_keys_are_texts, value))


def _trickery(text: str) -> Iterator[str]:
    """What YAML can do and a description has no need of: tags, anchors, deep nesting, a key given twice."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = _line(event.start_mark)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            yield f"{line}expected no anchor, got {plain(str(event.anchor))}"
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag is not None:
            yield f"{line}expected no tag, got {plain(str(event.tag))}"
        if depth > DEEPEST:
            yield f"{line}expected at most {DEEPEST} levels of nesting"
    for key in _doubled(yaml.compose(text, Loader=yaml.SafeLoader)):
        yield f"{_line(key.start_mark)}expected every key once, got {plain(str(key.value))} again"


def _line(mark: Any) -> str:
    return "" if mark is None else f"line {mark.line + 1}: "


def _doubled(node: yaml.Node | None) -> Iterator[yaml.Node]:
    """Every key that its mapping already has."""
    seen = set()
    for child in node.value if isinstance(node, yaml.CollectionNode) else ():
        key, value = child if isinstance(child, tuple) else (None, child)
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen:
                yield key
            seen.add(key.value)
        yield from _doubled(value)


def write_submission(folder: Path, meta: Mapping[str, Any]) -> Submission:
    """Writes the description into the folder, made where it is not there; BadSubmission where the schema is broken."""
    path = folder / DESCRIPTION
    text = yaml.safe_dump(_thawed(meta), sort_keys=False, allow_unicode=True)
    checked = read_description(text, where=str(path))
    write_whole(path, text)
    return Submission(checked["model"]["name"], checked, folder)


def begin_submission(folder: Path, meta: Mapping[str, Any]) -> Submission:
    """The submission in a folder that has this description, written where there is none; BadSubmission for another."""
    if not (folder / DESCRIPTION).exists():
        return write_submission(folder, meta)
    begun = read_submission(folder)
    for key in dict.fromkeys([*meta, *begun.meta]):
        if begun.meta.get(key) != meta.get(key):
            raise BadSubmission(f"expected the {key} with which {folder} was begun, got another: choose another folder")
    return begun


def _thawed(value: Any) -> Any:
    return {key: _thawed(inner) for key, inner in value.items()} if isinstance(value, Mapping) else value


def check_meant_for(submission: Submission, dataset: Dataset) -> None:
    """Raises BadSubmission where the description names another data set: other levels, or none and another manifest.

    Levels go before manifests, since the same levels have another manifest where another encoder filmed them.
    """
    named = submission.meta["dataset"]
    if named and not dataset.levels_sha256:
        raise BadSubmission(
            f"{submission.folder}: expected `dataset: {{}}` for a sealed set, got the hash of a data set: films are"
            " scored against the private one, whose hashes nobody has yet"
        )
    for key, called in (("levels_sha256", "levels"), ("manifest_sha256", "manifest")):
        if key in named:
            expected = getattr(dataset, key)
            if named[key] != expected:
                raise BadSubmission(
                    f"{submission.folder}: its films are for the data set with {called} {named[key][:12]}…, "
                    f"expected {expected[:12]}… of {dataset.folder}"
                )
            return
