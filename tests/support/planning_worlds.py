"""Made-up worlds to plan in: a small one that tests bend to their purpose, and a large one from a seed."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.kernel.activity import Nuclide
from services.kernel.calendar import Weekly
from services.network import Agreement, Capacity, Departure, Facility, Lane, Licence, Line, Product, Site
from services.planning.domain.resources import ForecastWeek, IsotopeSupply, World

MONDAY = date(2027, 3, 1)
NOW = datetime(2027, 2, 26, 12, tzinfo=UTC)
FAR = datetime(2029, 1, 1, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
NORTHLAKE, HARBOR = "partners/northlake", "partners/harbor"
TIDEWATER = "facilities/tidewater"
LINE = f"{TIDEWATER}/lines/1"
ACTINIUM, LUTETIUM = "products/psma-ac225", "products/psma-lu177"
WEEKDAYS, EVERY_DAY = frozenset(range(1, 6)), frozenset(range(1, 8))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of the first week; day 0 is its Monday."""
    return datetime.combine(MONDAY, time(hour, minute), UTC) + timedelta(days=day)


def a_product(name: str = ACTINIUM, nuclide: Nuclide = Nuclide.AC_225, activity_mbq_nominal: float = 8.0) -> Product:
    return Product(
        name,
        nuclide,
        frozenset({NORTHLAKE, HARBOR}),
        activity_mbq_nominal,
        shelf_life=timedelta(hours=96),
        qc_lasting=timedelta(hours=2),
        vial_kbq_max=10**9,
        loss_fraction=0.05,
    )


def a_line(name: str = LINE, *products: str, **changes: Any) -> Line:
    line = Line(
        name,
        TIDEWATER,
        frozenset(products or (ACTINIUM,)),
        run=timedelta(hours=4),
        cleaning=timedelta(hours=1),
        changeover=timedelta(hours=3),
        run_capacity=Capacity(10**9, 20),
        shifts=(Weekly(frozenset({1}), time(6), time(16)),),
    )
    return line._replace(**changes)


def a_site(name: str = "sites/lakeside", region: str = "us-midwest", **changes: Any) -> Site:
    licences = tuple(Licence(nuclide, 10**6, FAR) for nuclide in Nuclide)
    site = Site(name, frozenset({NORTHLAKE, HARBOR}), licences, region=region)
    return site._replace(**changes)


def a_lane(site: str = "sites/lakeside", hours: float = 6, **changes: Any) -> Lane:
    lane = Lane(f"lanes/to-{site.removeprefix('sites/')}", site, 60, int(hours * 60), FAR, TIDEWATER)
    return lane._replace(**changes)


def a_delivery(name: str = "isotopeDeliveries/ac-1", mbq: float = 1000.0, **changes: Any) -> IsotopeSupply:
    delivery = IsotopeSupply(name, TIDEWATER, Nuclide.AC_225, mbq, at(0, 0), at(0, 0), at(6, 0), 0.8)
    return replace(delivery, **changes)


def a_week(doses: int = 5, *, firm: bool = False, week: int = 0, **changes: Any) -> ForecastWeek:
    forecast = ForecastWeek(NORTHLAKE, ACTINIUM, "us-midwest", MONDAY + timedelta(weeks=week), doses, firm)
    return replace(forecast, **changes)


def a_world(*forecasts: ForecastWeek, **changes: Any) -> World:
    """One product, line, centre and delivery; a week long."""
    world = World(
        now=NOW,
        first_week=MONDAY,
        weeks=1,
        facility="",
        products=(a_product(),),
        facilities=(Facility(TIDEWATER, UTC_ZONE),),
        lines=(a_line(),),
        sites=(a_site(),),
        lanes=(a_lane(),),
        deliveries=(a_delivery(),),
        forecasts=forecasts or (a_week(),),
    )
    return replace(world, **changes)


_ZONES = ("America/Chicago", "America/New_York", "America/Los_Angeles", "Europe/Berlin")
# Nuclide, MBq of a dose, deliveries: on which days, hours in use, MBq each; shelf life in hours; share of the forecasts
_KINDS = (
    (Nuclide.LU_177, 7400.0, (1, 4), 168, 420_000.0, 72, 5),
    (Nuclide.AC_225, 8.0, (2,), 168, 700.0, 72, 3),
    (Nuclide.PB_212, 120.0, (1, 2, 3, 4, 5), 12, 9_000.0, 24, 2),
    (Nuclide.I_131, 3700.0, (1,), 168, 190_000.0, 96, 1),
    (Nuclide.CU_67, 2200.0, (1, 3), 72, 80_000.0, 72, 1),
)


def large_world(seed: int = 7, weeks: int = 26, lines: int = 4, sponsors: int = 10) -> World:
    """Twelve products on so many lines, for so many sponsors in four regions; some isotope and line time is short."""
    chance = random.Random(seed)
    partners = [f"partners/sponsor-{n}" for n in range(sponsors)]
    facility = Facility(
        TIDEWATER,
        ZoneInfo("America/New_York"),
        qc_sessions=tuple(Weekly(EVERY_DAY, time(hour), time((hour + 4) % 24), 24) for hour in (8, 12, 16, 20)),
    )
    products = tuple(
        Product(
            f"products/{kind[0].lower()}-{n}",
            kind[0],
            frozenset(partners),
            kind[1],
            shelf_life=timedelta(hours=kind[5]),
            qc_lasting=timedelta(hours=2),
            vial_kbq_max=10**8,
        )
        for kind in _KINDS
        for n in range(kind[6])
    )
    sites, lanes = _centres(chance, frozenset(partners))
    forecasts = tuple(_forecasts(chance, products, partners, weeks))
    return World(
        now=NOW,
        first_week=MONDAY,
        weeks=weeks,
        facility="",
        products=products,
        facilities=(facility,),
        lines=tuple(_line(chance, n, products) for n in range(lines)),
        sites=sites,
        lanes=lanes,
        agreements=tuple(_agreements(chance, forecasts, products)),
        deliveries=tuple(_deliveries(chance, weeks)),
        forecasts=forecasts,
    )


def _line(chance: random.Random, number: int, products: tuple[Product, ...]) -> Line:
    qualified = frozenset(
        product.name for n, product in enumerate(products) if chance.random() < 0.45 or n % 4 == number
    )
    return Line(
        f"{TIDEWATER}/lines/{number}",
        TIDEWATER,
        qualified,
        run=timedelta(minutes=chance.choice((240, 300, 360))),
        cleaning=timedelta(minutes=60),
        changeover=timedelta(minutes=150),
        run_capacity=Capacity(120_000_000, 14),
        shifts=(Weekly(WEEKDAYS, time(5), time(17)),),
    )


def _centres(chance: random.Random, partners: frozenset[str]) -> tuple[tuple[Site, ...], tuple[Lane, ...]]:
    licences = tuple(Licence(nuclide, 10**6, FAR) for nuclide in Nuclide)
    sites, lanes = [], []
    for place, zone in enumerate(_ZONES):
        for number in range(3):
            name = f"sites/{place}-{number}"
            windows = tuple(Weekly(WEEKDAYS, time(start), time(start + 4), 8) for start in (8, 13))
            sites.append(Site(name, partners, licences, (), windows, ZoneInfo(zone), region=f"region-{place}"))
            departures = tuple(Departure(Weekly(EVERY_DAY, time(h), time(h)), timedelta(hours=1)) for h in (3, 14, 21))
            minutes = 60 * (4 + 3 * place + chance.randrange(4))
            lanes.append(Lane(f"lanes/{place}-{number}", name, 60, minutes, FAR, TIDEWATER, departures))
    return tuple(sites), tuple(lanes)


def _forecasts(chance: random.Random, products: tuple[Product, ...], partners: list[str], weeks: int) -> Any:
    for product in products:
        for partner in chance.sample(partners, 2):
            for region in chance.sample(range(4), 2):
                usual = chance.choice((2, 3, 4, 6))
                for week in range(weeks):
                    doses = max(0, usual + chance.randrange(-2, 3))
                    monday = MONDAY + timedelta(weeks=week)
                    yield ForecastWeek(partner, product.name, f"region-{region}", monday, doses, week < 8)


def _agreements(chance: random.Random, forecasts: tuple[ForecastWeek, ...], products: tuple[Product, ...]) -> Any:
    nominal = {product.name: product.activity_mbq_nominal for product in products}
    pairs = sorted({(each.partner, each.product) for each in forecasts})
    for number, (partner, product) in enumerate(chance.sample(pairs, len(pairs) // 3)):
        vials = chance.choice((1, 2, 3))
        booked = Capacity(int(nominal[product] * 1300 * vials), vials)
        per_run, per_week = (booked, None) if chance.random() < 0.5 else (None, booked)
        name = f"agreements/{number}"
        yield Agreement(name, partner, product, per_run, per_week, timedelta(hours=12), NOW, FAR)


def _deliveries(chance: random.Random, weeks: int) -> Any:
    for nuclide, _, days, hours, mbq, *_rest in _KINDS:
        for week in range(weeks):
            for day in days:
                arrival_at = at(7 * week + day - 1, 9)
                activity = mbq * chance.uniform(0.7, 1.1)
                name = f"isotopeDeliveries/{nuclide.lower()}-{week:02}-{day}"
                use_by_at = arrival_at + timedelta(hours=hours)
                yield IsotopeSupply(name, TIDEWATER, nuclide, activity, arrival_at, arrival_at, use_by_at, 0.8)
