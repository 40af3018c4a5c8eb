"""The instruments: every public child folder is one; :func:`discover` finds them."""
