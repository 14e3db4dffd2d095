"""Alembic's entry: works on the connection `storage.index.schema` hands over."""

from alembic import context

from storage.index import footage_tables, registry_tables
from storage.index.base import Base

TABLES = (footage_tables, registry_tables)  # importing them is what fills the metadata


def run() -> None:
    """Migrate within the transaction of the connection that was handed over."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        compare_type=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
