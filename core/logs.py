"""One log handler for every process: JSON lines, UTC, secrets taken out."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict

from core.redact import redacted

_TELL_ADDRESSES = ("httpx", "httpcore")
"""Log every request with its address, and a grant is a secret in an address."""
_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
]


def _without_secrets(_logger: object, _name: str, event: EventDict) -> EventDict:
    return {k: redacted(v) if isinstance(v, str) else v for k, v in event.items()}


def configure_logging(level: str = "INFO", *, is_json: bool = True) -> None:
    """Send structlog and the standard library's records to standard error, in one shape."""
    renderer = structlog.processors.JSONRenderer() if is_json else structlog.dev.ConsoleRenderer()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _without_secrets,
            renderer,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TELL_ADDRESSES:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
