"""Rows people and devices are known by: stations, devices, accounts, access log, incidents."""
