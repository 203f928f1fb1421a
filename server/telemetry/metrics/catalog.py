"""All metrics of the server. docs/monitoring.md describes them; a test compares the two."""

from server.telemetry.metrics.family import Kind, Merge, Metric

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""The bounds of durations."""
PREFIX = "allotment_"


def _counter(name: str, description: str, *labels: str) -> Metric:
    return Metric(PREFIX + name, Kind.COUNTER, description, labels)


def _gauge(name: str, description: str, *labels: str, merge: Merge = Merge.SUM) -> Metric:
    return Metric(PREFIX + name, Kind.GAUGE, description, labels, merge)


def _histogram(name: str, description: str, *labels: str) -> Metric:
    return Metric(PREFIX + name, Kind.HISTOGRAM, description, labels, bounds=SECONDS)


BUILD = _gauge("build_info", "The version of the server; always 1.", "version", "python", "database", merge=Merge.MAX)
WORKERS = _gauge("workers", "Worker processes that report metrics.")
WORKERS_ENDED = _counter("workers_ended_total", "Worker processes that have ended, also those that were replaced.")

HTTP_REQUESTS = _counter("http_requests_total", "HTTP requests and handshakes of WebSockets.", "endpoint", "status")
HTTP_DURATION = _histogram("http_request_duration_seconds", "The time until the end of the response.", "endpoint")

OPERATIONS = _counter("operations_total", "GraphQL operations by name and outcome.", "operation", "outcome")
OPERATION_DURATION = _histogram(
    "operation_duration_seconds", "The time of an operation, without waiting for a place and encoding.", "operation"
)
OPERATION_POINTS = _counter("operation_cost_points_total", "The points that operations have cost.", "operation")
OPERATION_STATEMENTS = _counter("operation_statements_total", "The SQL statements of operations.", "operation")
OPERATION_STATEMENT_SECONDS = _counter(
    "operation_statement_seconds_total", "The time of the SQL statements of operations.", "operation"
)
SLOW_OPERATIONS = _counter("slow_operations_total", "Operations that took longer than SLOW_OPERATION_MS.")
FALLBACKS = _counter("executor_fallbacks_total", "Plans that were abandoned, so that graphql-core executed.")
DOCUMENTS_CACHED = _gauge("documents_cached", "Parsed documents in the cache.")
DOCUMENTS_PARSED = _counter("documents_parsed_total", "Documents that were parsed because they were not cached.")

REQUESTS_EXECUTING = _gauge("requests_executing", "Requests that have a place.")
REQUESTS_WAITING = _gauge("requests_waiting", "Requests that wait for a place.")
REQUEST_PLACES = _gauge("request_places", "Places for requests (MAX_CONCURRENT_REQUESTS of each process).")
REQUESTS_REFUSED = _counter("requests_refused_total", "Requests that were refused because the queue was full.")
REQUEST_WAIT = _histogram("request_wait_seconds", "The time that requests have waited for a place, if they had to.")

STATEMENTS = _histogram("statement_duration_seconds", "The time of SQL statements.")
STATEMENT_ERRORS = _counter("statement_errors_total", "SQL statements that failed.")
POOL_SIZE = _gauge("pool_connections_max", "Connections that may be open.", "database")
POOL_IN_USE = _gauge("pool_connections_in_use", "Connections that are in use.", "database")
POOL_IDLE = _gauge("pool_connections_idle", "Open connections that are not in use.", "database")
POOL_WAITING = _gauge("pool_requests_waiting", "Requests that wait for a connection.", "database")
REPLICA_LAG = _gauge("replica_lag_seconds", "How old the state of a replica is.", "database", merge=Merge.MAX)
REPLICA_SERVING = _gauge("replica_serving", "1 if queries read from the replica, else 0.", "database", merge=Merge.MIN)
FEED_LAG = _gauge("change_feed_lag_seconds", "The age of the oldest open transaction that writes.", merge=Merge.MAX)
FEED_TRANSACTIONS = _gauge(
    "change_feed_lag_transactions", "Transactions whose changes are not in the feed yet.", merge=Merge.MAX
)
DATABASE_UP = _gauge("database_up", "1 if the database answers, else 0.", merge=Merge.MIN)

EVENT_LOOP_LAG = _histogram("event_loop_lag_seconds", "How late the event loop runs what is due.")
EVENT_LOOP_LAG_MAX = _gauge("event_loop_lag_max_seconds", "The largest lag of the last minute.", merge=Merge.MAX)
CONNECTIONS = _gauge("http_connections", "Open connections of clients, WebSockets included.")
WEBSOCKETS = _gauge("websockets", "Open WebSockets.")
SUBSCRIPTIONS = _gauge("subscriptions", "Open subscriptions.")
BACKGROUND_TASKS = _gauge("background_tasks", "Tasks that run after their response, such as emails.")
WEBHOOK_ATTEMPTS = _counter("webhook_attempts_total", "Attempts to deliver to webhooks.", "outcome")
WEBHOOK_DURATION = _histogram("webhook_attempt_duration_seconds", "The time until an endpoint has answered.")
WEBHOOK_LAG = Metric(
    PREFIX + "webhook_lag_seconds",
    Kind.HISTOGRAM,
    "The time from a change to its delivery.",
    bounds=(0.1, 0.5, 1.0, 5.0, 30.0, 300.0, 3600.0, 86400.0),
)
USAGE_UNSTORED = _gauge("usage_unstored_requests", "Requests whose use of fields is not stored yet.")

RESIDENT_MEMORY = Metric("process_resident_memory_bytes", Kind.GAUGE, "Resident memory of all processes.")
VIRTUAL_MEMORY = Metric("process_virtual_memory_bytes", Kind.GAUGE, "Virtual memory of all processes.")
CPU_SECONDS = Metric("process_cpu_seconds_total", Kind.COUNTER, "Processor time of all processes.")
OPEN_FDS = Metric(
    "process_open_fds", Kind.GAUGE, "Open file descriptors, of the process with the most.", merge=Merge.MAX
)
MAX_FDS = Metric("process_max_fds", Kind.GAUGE, "File descriptors that a process may open.", merge=Merge.MIN)
START_TIME = Metric("process_start_time_seconds", Kind.GAUGE, "When the oldest process started.", merge=Merge.MIN)

CATALOG: dict[str, Metric] = {value.name: value for value in list(globals().values()) if isinstance(value, Metric)}
"""All metrics by name."""
