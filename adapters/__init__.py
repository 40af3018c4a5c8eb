"""The only code that does input or output: one folder for each thing outside."""
