"""The vocabulary all parts share: values, messages, errors, time. No sockets, files or threads."""
