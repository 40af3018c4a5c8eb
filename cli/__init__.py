"""The ``nightplan`` command: the client, the services and the system on one machine."""
