"""The API's line to the sidecar, over the real HTTP interface of the sidecar."""
