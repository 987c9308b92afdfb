"""HTTP as every door speaks it: problem details, bounds, health, metrics, and a server that stops in order."""

from services.kernel.http.app import Lifespan, app
from services.kernel.http.problem import problem, problem_of
from services.kernel.http.server import HttpServer

__all__ = ["HttpServer", "Lifespan", "app", "problem", "problem_of"]
