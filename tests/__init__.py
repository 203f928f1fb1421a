"""Tests, in one folder per package or subject; support, harness and checks are shared."""
