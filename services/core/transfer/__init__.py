"""Import and export of the rows of any model: the columns of files, their values, and chunks of rows."""
