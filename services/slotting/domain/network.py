"""The network: what the ledger has heard of products, facilities, treatment centres and lanes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Any

from services.kernel.calendar import Weekly
from services.network import Facility, Lane, Product, Resource, ResourceVersion, Site

# Of a facility that was deleted no session takes place any more; one that was never heard of limits nothing.
_NEVER = (Weekly(frozenset(), time(0), time(0)),)


@dataclass(frozen=True, slots=True)
class Network:
    """Resources by name, the known version of each, and how often a version of it put slots at risk."""

    products: Mapping[str, Product] = field(default_factory=dict)
    facilities: Mapping[str, Facility] = field(default_factory=dict)
    sites: Mapping[str, Site] = field(default_factory=dict)
    lanes: Mapping[str, Lane] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)
    conflicts: Mapping[str, int] = field(default_factory=dict)

    def after(self, changes: Sequence[ResourceVersion]) -> "Network":
        """The network after some changes."""
        found: dict[type[Resource], dict[str, Any]] = {
            Product: dict(self.products),
            Facility: dict(self.facilities),
            Site: dict(self.sites),
            Lane: dict(self.lanes),
        }
        for change in changes:
            known = found.get(type(change.resource), {})
            if (left := _left(change)) is None:
                known.pop(change.name, None)
            else:
                known[change.name] = left
        products, facilities, sites, lanes = found.values()
        versions = {**self.versions, **{change.name: change.version for change in changes}}
        return replace(self, products=products, facilities=facilities, sites=sites, lanes=lanes, versions=versions)


def _left(change: ResourceVersion) -> Resource | None:
    """What the rules see of the resource: of a deleted one, what forbids all that it allowed."""
    resource = change.resource
    if not change.deleted:
        return resource
    if isinstance(resource, Product):
        return resource._replace(partners=frozenset())
    return resource._replace(qc_sessions=_NEVER) if isinstance(resource, Facility) else None
