"""Use cases: all rules and all writes, through one unit of work. Nothing here knows GraphQL."""
