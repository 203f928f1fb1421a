"""The contract: Strawberry types, a file a noun. Names, relations and permissions; no logic."""
