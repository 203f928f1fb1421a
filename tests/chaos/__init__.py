"""Whatever is killed in the middle of it: what was acknowledged is there, and nothing is there twice or by half."""
