"""How long it takes from a POST to its 200, through broker, solve and commit, over HTTP."""
