"""HTTP connections: limits on their number, on the bytes of requests, and on the time that clients may take."""
