"""A histogram of durations, with the bounds that all of ours share."""

from opentelemetry.metrics import Meter

# Seconds. A claim takes about 1 ms, a deadline is 10 s.
BOUNDS = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Durations:
    """A histogram with the attributes that `names` lists; the number of combinations is bounded by its callers."""

    def __init__(self, meter: Meter, name: str, description: str, names: tuple[str, ...]) -> None:
        self._names = names
        self._histogram = meter.create_histogram(
            name, unit="s", description=description, explicit_bucket_boundaries_advisory=BOUNDS
        )

    def record(self, seconds: float, *values: str) -> None:
        """Counts one duration with these attribute values."""
        self._histogram.record(seconds, dict(zip(self._names, values, strict=True)))
