"""The JSON Schemas that ship in `schemas/`, and what a value that breaks one is told, in one line."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from reprlib import Repr
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from puzzlereel.leaderboard.files import plain
from puzzlereel.puzzles.core import PuzzlereelError

SHOWN = 4
"""How many complaints one line holds."""
_SHORT = Repr()
_SHORT.maxstring, _SHORT.maxother, _SHORT.maxlevel = 60, 60, 2


@cache
def validator(name: str) -> Draft202012Validator:
    """The checker of one schema: `submission`, `results`, `level`, `human`, `comparison`, `import` or `reference`."""
    text = (files("puzzlereel.leaderboard") / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def check(value: Any, name: str, *, where: str, error: type[PuzzlereelError]) -> None:
    """Raises `error` with one line that names what breaks the schema; returns where nothing does."""
    try:
        complaints = list(dict.fromkeys(_complaints(value, name)))
    except RecursionError:
        raise error(f"{where}: expected no deep nesting") from None
    if not complaints:
        return
    rest = len(complaints) - SHOWN
    raise error(f"{where}: {'; '.join(complaints[:SHOWN])}{f'; and {rest} more' if rest > 0 else ''}")


def _complaints(value: Any, name: str) -> Iterator[str]:
    found = validator(name).iter_errors(value)
    for error in sorted(found, key=lambda one: list(map(str, one.absolute_path))):
        yield from _tell(error)


def _tell(error: ValidationError) -> Iterator[str]:
    """What one broken rule is called; the schema's own descriptions say what was expected."""
    path = [plain(str(key)) for key in error.absolute_path]
    rule: Any = error.validator_value
    schema: Any = error.schema
    found: Any = error.instance
    if error.validator == "required":
        for key in rule:
            if key not in found:
                yield f"{'.'.join([*path, key])} is missing"
    elif error.validator == "additionalProperties" and rule is False:
        known = schema.get("properties", {})
        for key in found:
            if key not in known:
                yield f"unknown key {'.'.join([*path, _short(key)])}, expected {', '.join(known)}"
    elif error.validator == "unevaluatedProperties":
        yield f"unknown key in {'.'.join(path)}: {error.message}"
    else:
        expected = schema.get("description", error.message)
        yield f"{'.'.join(path) or 'the whole'}: expected {expected}, got {_short(found)}"


def _short(value: Any) -> str:
    return plain(_SHORT.repr(value))
