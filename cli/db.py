"""`pollcam db upgrade`: brings the index to the schema of this version."""

import argparse
import os


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser("db", help="look after the index's schema")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    upgrade = actions.add_parser(
        "upgrade",
        help="apply every missing migration, all or nothing",
        description="Applies every missing migration to the index that POLLCAM_API_DATABASE_URL "
        "names (default: index.db in POLLCAM_API_DATA_DIR). Safe to repeat.",
    )
    upgrade.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """Upgrade the index.

    Raises:
        SettingsError: The environment does not say where the index is.
        IndexUnavailableError: It does not answer.
    """
    from api.settings import load_settings
    from storage.index.engine import make_engine
    from storage.index.failures import named_failures
    from storage.index.schema import is_current, upgrade

    engine = make_engine(load_settings(os.environ).index_url)
    try:
        with named_failures():
            was_current = is_current(engine)
            upgrade(engine)
    finally:
        engine.dispose()
    print("the index is up to date" if was_current else "the index was upgraded")
    return 0
