"""The metrics of a process: memory, processor time, file descriptors. Only Linux reports them."""

from prometheus_client import ProcessCollector

from server.telemetry.metrics import catalog
from server.telemetry.metrics.family import Family, single

_METRICS = {
    "process_resident_memory_bytes": catalog.RESIDENT_MEMORY,
    "process_virtual_memory_bytes": catalog.VIRTUAL_MEMORY,
    "process_cpu_seconds": catalog.CPU_SECONDS,
    "process_open_fds": catalog.OPEN_FDS,
    "process_max_fds": catalog.MAX_FDS,
    "process_start_time_seconds": catalog.START_TIME,
}
_collector = ProcessCollector(registry=None)


def collect_process_metrics() -> list[Family]:
    """Return the metrics of this process."""
    return [
        single(_METRICS[metric.name], metric.samples[0].value)
        for metric in _collector.collect()
        if metric.name in _METRICS and metric.samples
    ]
