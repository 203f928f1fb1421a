"""The parts that all domains share: unit of work, identity map, records, validation, events, idempotency."""
