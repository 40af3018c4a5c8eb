"""The nouns of nightplan: immutable values that every other package may import.

Nothing here does input or output, and nothing here imports another package of
the project. Only :mod:`models.night` knows of the Sun (it alone imports astral).
"""
