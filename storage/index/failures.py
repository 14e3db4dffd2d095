"""Names what a database can do to us."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from core.errors import UnavailableError


class IndexUnavailableError(UnavailableError):
    """The index did not answer, or another writer was first; nothing was committed."""


@contextmanager
def named_failures() -> Iterator[None]:
    """Turn the driver's failures that may pass into `IndexUnavailableError`."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        raise IndexUnavailableError("the index does not answer") from error
    except IntegrityError as error:
        # Rows are looked up before they are written: a constraint speaks only in a race.
        raise IndexUnavailableError("another writer was first; try again") from error
