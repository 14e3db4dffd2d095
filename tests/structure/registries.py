"""The metrics registry of each process, made as the process makes it."""

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry

from api.metrics import Metrics

REGISTRIES: Mapping[str, Callable[[], CollectorRegistry]] = {
    "api": lambda: Metrics().registry,
}
