"""Runs the command line with `python -m puzzlereel`."""

from puzzlereel.cli.main import main

if __name__ == "__main__":
    main()
