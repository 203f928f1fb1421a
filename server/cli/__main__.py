"""`python -m server.cli`, where the console script is not installed."""

from server.cli import main

main()
