"""The steps by which an index of an older version becomes a present one."""
