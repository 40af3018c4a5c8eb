"""Version 2 of the HTTP interface: adds to version 1 and changes nothing in it."""
