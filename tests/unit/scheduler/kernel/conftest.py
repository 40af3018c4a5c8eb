"""Examples are the same in every run: a failure can be repeated."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "kernel",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("kernel")
