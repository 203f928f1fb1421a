"""What `allotment doctor` looks at."""
