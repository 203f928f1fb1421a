"""Tests of attacks and failures: each file contains one of them, and the behavior that is required."""
