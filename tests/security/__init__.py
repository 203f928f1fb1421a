"""Attacks and failures from outside: limits, outages and what they may reveal."""
