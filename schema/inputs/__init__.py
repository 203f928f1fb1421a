"""What clients send: inputs, filters and orders. A leaf, so that resolvers may name these types."""
