"""Alias of bench.in_process_profile, so that the command `python -m bench.inside` still works."""

import typer

from bench.in_process_profile import main

if __name__ == "__main__":
    typer.run(main)
