"""Hands over what a station recorded: entries at once, then footage, until the archive has it."""
