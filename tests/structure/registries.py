"""The metrics registry of each process, made as the process makes it."""

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry

import api.metrics
import streamer.metrics
from core.clock import SystemClock

REGISTRIES: Mapping[str, Callable[[], CollectorRegistry]] = {
    "api": lambda: api.metrics.Metrics().registry,
    "streamer": lambda: streamer.metrics.Metrics((), SystemClock()).registry,
}
