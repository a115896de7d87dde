"""What every test may count on: `--rewrite` for golden files, and examples that are the same on each build machine."""

import os
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


@pytest.fixture
def rewrite(pytestconfig: pytest.Config) -> bool:
    """Whether the golden files are to be written anew."""
    return bool(pytestconfig.getoption("--rewrite"))
