"""The contract's own parts, one by one."""
