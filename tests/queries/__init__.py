"""Lists, filters and orders against plain Python, and what reads them against trouble."""
