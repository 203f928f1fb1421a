"""Tests of attacks and abuse: each fails without the defense that it names."""
