"""What sends the requests: wrk where there is one, or else a driver of our own."""

from bench.drivers.builtin import BuiltIn
from bench.drivers.sample import Driver, Sample
from bench.drivers.wrk import Wrk, find_wrk

__all__ = ["BuiltIn", "Driver", "Sample", "Wrk", "find_wrk"]
