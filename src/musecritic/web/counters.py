"""What Prometheus may read of the service."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import Scope

from musecritic.web.pool import Pool
from musecritic.web.store import Store

_METHODS = ("GET", "HEAD", "POST", "DELETE")  # callers may make up others without end


class Counters:
    """Counts of requests and jobs."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "musecritic_requests_total",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "musecritic_request_seconds",
            "Time to the end of an answer.",
            ["route"],
            registry=self._registry,
        )
        self._jobs = Counter(
            "musecritic_jobs_total", "Jobs ended.", ["task", "state"], registry=self._registry
        )

    def watch(self, store: Store, pool: Pool) -> None:
        """Look at these whenever somebody asks."""
        looks = {
            "musecritic_jobs_waiting": ("Jobs that wait.", store.n_waiting),
            "musecritic_jobs_running": ("Jobs being worked on.", lambda: pool.n_running),
            "musecritic_workers_ready": ("Workers that are up.", lambda: pool.n_ready),
            "musecritic_worker_restarts": ("Workers begun anew.", lambda: pool.n_restarts),
        }
        for name, (told, look) in looks.items():
            Gauge(name, told, registry=self._registry).set_function(look)

    def request(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a request; one to no route is counted under none, so that names stay few."""
        route = getattr(scope.get("route"), "path", "")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def job(self, task: str, state: str) -> None:
        """Count a job that ended."""
        self._jobs.labels(task, state).inc()

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self._registry)
