"""How many stations one process of the control API carries, on a real PostgreSQL."""
