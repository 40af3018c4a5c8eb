"""The replay: decides again, in a restored database, what was decided after the restored point."""
