"""Figures for Prometheus."""

from __future__ import annotations

from typing import Self

from attrs import frozen
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest


@frozen
class Metrics:
    """The figures of one process."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram

    @classmethod
    def make(cls) -> Self:
        """Figures in a registry of their own."""
        registry = CollectorRegistry()
        return cls(
            registry,
            Counter("marketplace_http_requests", "Answered requests.", ["operation", "status"], registry=registry),
            Histogram("marketplace_http_request_seconds", "Time to answer.", ["operation"], registry=registry),
        )

    def count(self, operation: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self.requests.labels(operation, str(status)).inc()
        self.seconds.labels(operation).observe(seconds)

    def text(self) -> bytes:
        """The figures as Prometheus reads them."""
        return generate_latest(self.registry)
