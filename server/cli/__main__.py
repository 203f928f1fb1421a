"""`python -m server.cli`, for environments without the console script."""

from server.cli import main

main()
