"""What every test may count on: `--rewrite` for golden files, and examples that are the same on each build machine."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# Kernels check every index while tests run, and keep what they compiled to do so apart.
os.environ |= {
    "NUMBA_BOUNDSCHECK": "1",
    "NUMBA_CACHE_DIR": str(Path(__file__).parent.parent / ".pytest_cache" / "numba"),
}

settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--rewrite`."""
    parser.addoption(
        "--rewrite", action="store_true", help="write the golden files anew instead of comparing with them"
    )


def pytest_sessionstart() -> None:
    """Lets a mutant begin with nothing remembered: mutmut tries it in a copy of a process that has run the tests."""
    if "MUTANT_UNDER_TEST" in os.environ:
        for name, module in list(sys.modules.items()):
            for value in list(vars(module).values()) if name.startswith("puzzlereel.") else ():
                getattr(value, "cache_clear", lambda: None)()


@pytest.fixture
def rewrite(pytestconfig: pytest.Config) -> bool:
    """Whether the golden files are to be written anew."""
    return bool(pytestconfig.getoption("--rewrite"))
