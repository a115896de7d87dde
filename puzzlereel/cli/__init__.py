"""The command line, thin: one file a group of commands."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported: work is spread over processes instead
