"""Changes of what is registered, which everybody is shown from then on."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from api.services import Services


@contextmanager
def registry_change(services: Services) -> Iterator[Session]:
    """A transaction after which no answer of this process is from before it."""
    with services.transaction() as session:
        yield session
    services.fleet.forget_registry()
