"""The database's schema, step by step; ``python -m migrations`` applies what is missing."""
