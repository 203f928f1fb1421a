"""Drivers that send the requests: wrk if it is installed, or else the built-in driver."""

from bench.drivers.builtin import BuiltInDriver
from bench.drivers.fanout import FanoutDriver
from bench.drivers.sample import Driver, Sample
from bench.drivers.wrk import WrkDriver, find_wrk

__all__ = ["BuiltInDriver", "Driver", "FanoutDriver", "Sample", "WrkDriver", "find_wrk"]
