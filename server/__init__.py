"""The composition root: settings, database, HTTP and the command line, and what puts them together."""
