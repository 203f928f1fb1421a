"""Transport-independent GraphQL: requests, parsing, validation, limits, execution and errors. Knows nothing of HTTP."""
