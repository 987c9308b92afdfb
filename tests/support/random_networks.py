"""Random networks as master data takes them: some ways lead nowhere, and who does not look plans over them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from services.local.world import HARBOR, NORTHLAKE

SPONSORS = (NORTHLAKE, HARBOR)
ALL_WEEK = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
ZONES = ("UTC", "America/Chicago", "Europe/Berlin", "Pacific/Auckland")
# Nuclide, MBq of an ordinary dose, hours of shelf life.
KINDS = (("LU_177", 7400, 72), ("AC_225", 8, 96), ("PB_212", 100, 24), ("CU_64", 200, 30), ("I_131", 3700, 96))


class RandomNetwork(NamedTuple):
    """One facility and what hangs on it. `regions`: what may be forecast, by sponsor."""

    facility: str
    nuclide: str
    product: str
    activity_mbq: float
    regions: list[tuple[str, str]]
    resources: dict[str, list[Any]]


def a_network(chance: Random, number: int, now: datetime) -> RandomNetwork:
    """One that stands alone, so that many can be planned together."""
    facility, product, line = f"facilities/f{number}", f"products/p{number}", f"facilities/f{number}/lines/1"
    nuclide, mbq, hours = chance.choice(KINDS)
    partners = chance.choice(([NORTHLAKE], [HARBOR], list(SPONSORS), list(SPONSORS)))
    sites = [_site(chance, number, each, nuclide, mbq, now) for each in range(3)]
    resources: dict[str, list[Any]] = {
        "products": [
            {
                "name": product,
                "nuclide": f"NUCLIDE_{nuclide}",
                "partners": partners,
                "activityNominalMbq": mbq,
                "shelfLifeMinutes": hours * 60,
                "qcMinutes": chance.choice((30, 120)),
                "vialReferenceActivityMaxKbq": str(mbq * 1000 * chance.choice((3, 30))),
                "lossFraction": chance.choice((0.0, 0.05)),
                # An ordinary dose has 10 mL at first, and rising: the first may be too small, the last too large.
                "activityConcentrationMbqPerMl": chance.choice((None, mbq / 10)),
                "fillVolumeMinUl": chance.choice((None, 10_400)),
                "fillVolumeMaxUl": 10_000 * chance.choice((2, 4)),
            }
        ],
        "facilities": [
            {"name": facility, "timeZone": chance.choice(ZONES), "qcSessions": list(_sessions(chance))},
        ],
        "lines": [
            {
                "name": line,
                "products": [product],
                "shifts": [_window(0, 24)],
                "runMinutes": 180,
                "cleaningMinutes": 30,
                "changeoverMinutes": 60,
                "runCapacity": {"referenceActivityKbq": str(mbq * 1000 * 100), "vials": 20},
            }
        ],
        "sites": sites,
        "lanes": [lane for place, site in enumerate(sites) for lane in _lanes(chance, facility, site, place, now)],
    }
    regions = sorted({(partner, site["region"]) for site in sites for partner in site["partners"]})
    regions = [each for each in regions if each[0] in partners]
    return RandomNetwork(facility, nuclide, product, mbq, regions, resources)


def _sessions(chance: Random) -> Iterator[dict[str, Any]]:
    for hour in chance.choice(((), (8,), (0, 12), (6, 14, 20))):
        yield _window(hour, hour + chance.choice((2, 4)), places=chance.choice((None, 6, 30)))


def _site(chance: Random, network: int, number: int, nuclide: str, mbq: float, now: datetime) -> dict[str, Any]:
    until = now + timedelta(days=chance.choice((8, 12, 300)))
    licensed = mbq * chance.choice((1.0, 1.3, 10.0, 10.0))
    windows = chance.choice(((), ((6, 22),), ((7, 10), (13, 17))))
    return {
        "name": f"sites/s{network}-{number}",
        "region": f"r{network}-{number % 2}",
        "timeZone": chance.choice(ZONES),
        "partners": chance.choice((list(SPONSORS), list(SPONSORS), [NORTHLAKE])),
        "licences": [
            {"nuclide": f"NUCLIDE_{nuclide}", "activityMaxMbq": licensed, "validUntilTime": until.isoformat()}
        ],
        "weeklyWindows": [_window(start, end) for start, end in windows],
    }


def _lanes(chance: Random, facility: str, site: dict[str, Any], number: int, now: datetime) -> Iterator[dict[str, Any]]:
    for way in range(chance.choice((1, 1, 2))):
        until = now + timedelta(days=chance.choice((8, 12, 300)))
        hours = chance.choice(((), (5,), (2, 11, 19)))
        refuses = chance.random() < 0.4
        yield {
            "name": f"lanes/{site['name'].removeprefix('sites/')}-{way}",
            "facility": chance.choice((facility, facility, "")),
            "site": site["name"],
            "legs": [
                {"mode": "ROAD", "carrier": "partners/coldway-couriers", "acceptsClass7": True, "minutes": 30},
                {"mode": "AIR", "carrier": "partners/coldway-couriers", "acceptsClass7": not refuses, "minutes": 60},
            ],
            "dispatchMinutes": 30,
            "transitMinutes": chance.choice((90, 300, 700)),
            "departures": [
                {"days": ALL_WEEK, "time": {"hours": hour}, "cutoffMinutes": 45, "places": 1000} for hour in hours
            ],
            "validUntilTime": until.isoformat(),
        }


def _window(start: int, end: int, places: int | None = None) -> dict[str, Any]:
    return {"days": ALL_WEEK, "startTime": {"hours": start}, "endTime": {"hours": end % 24}, "places": places}
