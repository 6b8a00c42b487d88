"""Figures for Prometheus."""

from __future__ import annotations

from typing import Self

from attrs import field, frozen
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest


@frozen
class Metrics:
    """The figures of one process."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    _known: dict[tuple[str, int], tuple[Counter, Histogram]] = field(
        factory=dict[tuple[str, int], tuple[Counter, Histogram]], repr=False, init=False
    )
    """The figures of each operation and status that was answered: to find them by their labels takes longer."""

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
        known = self._known.get((operation, status))
        if known is None:
            known = self.requests.labels(operation, str(status)), self.seconds.labels(operation)
            self._known[operation, status] = known
        known[0].inc()
        known[1].observe(seconds)

    def text(self) -> bytes:
        """The figures as Prometheus reads them."""
        return generate_latest(self.registry)
