"""The list of `bench/mutants.py` is up to date: each line is there, once, and the tests that are named."""

from pathlib import Path

import pytest
from mutations import BROKEN_RULES, LOOSENED, MUTATIONS, Mutation

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: f"{one.file}: {one.instead}")
def test_a_line_that_is_broken_on_purpose_is_there_once(mutation: Mutation) -> None:
    lines = (ROOT / "puzzlereel" / mutation.file).read_text(encoding="utf-8").splitlines()

    assert 1 == sum(line.strip() == mutation.line for line in lines)
    assert mutation.line != mutation.instead


@pytest.mark.parametrize("tests", dict.fromkeys(mutation.tests for mutation in MUTATIONS))
def test_the_tests_that_must_notice_are_there(tests: str) -> None:
    file, *named = tests.partition("[")[0].split("::")
    text = (ROOT / file).read_text(encoding="utf-8")

    assert all(f"class {name}:" in text or f"def {name}(" in text for name in named)


def test_ten_rules_are_broken_and_ten_tolerances_loosened() -> None:
    assert 10 <= len(BROKEN_RULES)
    assert 10 <= len(LOOSENED)
