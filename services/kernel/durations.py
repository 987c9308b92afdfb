"""A histogram of durations cheap enough for every call: two list look-ups and an addition.

The OpenTelemetry SDK takes 8 µs to record one value, as much as all else that the hot path adds to gRPC. So the
counting is ours, and the SDK's and Prometheus' data types carry the result.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from time import time_ns

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Histogram,
    HistogramDataPoint,
    Metric,
)
from prometheus_client.core import HistogramMetricFamily

# Seconds. A claim takes about 1 ms, a deadline is 10 s.
BOUNDS = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Series:
    """The durations of one combination of attributes. One event loop writes; readers may be a collection behind."""

    __slots__ = ("buckets", "sum")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.sum = 0.0

    def record(self, seconds: float) -> None:
        """Counts one duration."""
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.sum += seconds


class Durations:
    """A histogram with the attributes that `names` lists; the number of combinations is bounded by its callers."""

    def __init__(self, name: str, description: str, names: tuple[str, ...]) -> None:
        self.name, self.description, self.names = name, description, names
        self._series: dict[tuple[str, ...], Series] = {}
        self._start = time_ns()

    def series(self, *values: str) -> Series:
        """The series of these attribute values; ask once and keep it where it is hot."""
        found = self._series.get(values)
        if found is None:
            found = self._series[values] = Series()
        return found

    def counts(self) -> Mapping[tuple[str, ...], int]:
        """How many durations each series has; for tests and consoles."""
        return {values: sum(series.buckets) for values, series in self._series.items()}

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """What Prometheus reads."""
        family = HistogramMetricFamily(self.name, self.description, labels=self.names)
        for values, series in list(self._series.items()):
            total, buckets = 0, []
            for bound, count in zip((*map(str, BOUNDS), "+Inf"), series.buckets, strict=True):
                total += count
                buckets.append((bound, total))
            family.add_metric(values, buckets, series.sum)
        yield family

    def metric(self) -> Metric:
        """What the OpenTelemetry protocol sends."""
        now = time_ns()
        points = [
            HistogramDataPoint(
                attributes=dict(zip(self.names, values, strict=True)),
                start_time_unix_nano=self._start,
                time_unix_nano=now,
                count=sum(series.buckets),
                sum=series.sum,
                bucket_counts=tuple(series.buckets),
                explicit_bounds=BOUNDS,
                min=None,  # type: ignore[arg-type]  # Both are optional on the wire, and not kept.
                max=None,  # type: ignore[arg-type]
            )
            for values, series in list(self._series.items())
        ]
        data = Histogram(data_points=points, aggregation_temporality=AggregationTemporality.CUMULATIVE)
        return Metric(name=self.name, description=self.description, unit="s", data=data)
