"""Tests of attacks: each file contains one attack, and the behavior that prevents it."""
