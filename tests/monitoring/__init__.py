"""Tests of server/monitoring and server/telemetry/metrics."""
