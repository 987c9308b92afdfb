"""HTTP as every door speaks it: problem details, bounds, health, metrics, and a server that stops in order."""

from services.kernel.http.app import Lifespan, app
from services.kernel.http.problem import HttpProblem, problem, problem_of
from services.kernel.http.protocol import Patience
from services.kernel.http.server import HttpServer

__all__ = ["HttpProblem", "HttpServer", "Lifespan", "Patience", "app", "problem", "problem_of"]
