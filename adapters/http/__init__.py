"""HTTP between our own services: the API's view of the sidecar."""
