"""Planning's calls: proto to use case and back, nothing else."""

from services.planning.rpc.forecasts import ForecastRpc
from services.planning.rpc.planning import PlanningRpc

__all__ = ["ForecastRpc", "PlanningRpc"]
