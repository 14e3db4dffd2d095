"""The index over the archive: SQLite for one machine, PostgreSQL for a country."""
