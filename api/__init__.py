"""The API: a JSON:API front end. No scheduling rule of its own, and no database."""
