"""What the control tower made of the days: incidents, one a cause, most of them resolved as their causes went away."""

from collections import Counter
from collections.abc import Callable, Sequence

from doselane.tower.v1 import incident_pb2, tower_pb2

from services.local.demo.doors import Program
from services.local.demo.planning import until

Incident = incident_pb2.Incident
# What happens on these days whatever else does: a batch is rejected on the road, a dose is refused and lost, a courier
# is silent.
WHATEVER_ELSE = frozenset({Incident.BATCH_REJECTED, Incident.DOSE_LOST, Incident.MILESTONE_OVERDUE})


async def count_incidents(planner: Program, say: Callable[[str], None]) -> int:
    """How many incidents there were, once the tower has heard of all that happened."""
    found = await until(lambda: _incidents(planner), lambda told: {each.kind for each in told} >= WHATEVER_ELSE)
    kinds = Counter(Incident.Kind.Name(each.kind).lower().replace("_", " ") for each in found)
    resolved = sum(each.state == Incident.RESOLVED for each in found)
    told = ", ".join(f"{number} × {kind}" for kind, number in sorted(kinds.items()))
    say(f"The control tower opened {len(found)} incidents, {resolved} of which are resolved: {told}.")
    return len(found)


async def _incidents(planner: Program) -> Sequence[incident_pb2.Incident]:
    asked = tower_pb2.ListIncidentsRequest(page_size=1000)  # some dozens: one page holds them
    found: Sequence[incident_pb2.Incident] = (await planner.call("TowerService", "ListIncidents", asked)).incidents
    return found
