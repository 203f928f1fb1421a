"""All data of one tenant: export it to a file, import it into another database, and erase it."""
