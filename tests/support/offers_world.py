"""Small worlds for offers: one product, one centre, few lanes and runs, close to every boundary that there is."""

from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from doselane.masterdata.v1 import resources_pb2
from doselane.type.v1 import type_pb2
from google.type.date_pb2 import Date
from google.type.timeofday_pb2 import TimeOfDay

from services.kernel.activity import Nuclide
from services.kernel.calendar import Weekly
from services.kernel.timestamps import stamp
from services.network import Capacity, Departure, Facility, Lane, Licence, Product, Site
from services.slotting.domain import Allotment, Book, Network, Run, RunState
from services.slotting.domain.book import CommittedSize, blank
from services.slotting.domain.offers import Market, OfferWish
from services.slotting.events import change_of

NOON = datetime(2027, 3, 10, 12, tzinfo=UTC)  # clocks go forward on 14 March in Chicago, on 28 March in Berlin
NORTHLAKE, HARBOR = "partners/northlake", "partners/harbor"
PRODUCT, SITE = "products/psma-lu177", "sites/lakeside-clinic"
MILAN, DALLAS = "facilities/milan", "facilities/dallas"
EVERY_DAY = frozenset(range(1, 8))
GBQ = 1_000_000
ZONES = ("America/Chicago", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago")


def hours(number: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=number)


def a_product(**changes: Any) -> Product:
    """A product of 7.4 GBq that lasts three days and takes two hours in quality control."""
    return Product(
        **{
            "name": PRODUCT,
            "nuclide": Nuclide.LU_177,
            "partners": frozenset({NORTHLAKE, HARBOR}),
            "activity_mbq_nominal": 7400.0,
            "shelf_life": hours(72),
            "qc_lasting": hours(2),
            **changes,
        }
    )


def a_run(name: str = "runs/lu-1", **changes: Any) -> Run:
    """A run that ends in a day."""
    return Run(
        **{
            "name": name,
            "version": 2,
            "state": RunState.OPEN,
            "product": PRODUCT,
            "nuclide": Nuclide.LU_177,
            "end_of_synthesis_at": NOON + hours(24),
            "cutoff_at": NOON + hours(20),
            "use_by_at": NOON + hours(24 + 96),
            "vial_kbq_max": 20 * GBQ,
            "loss_fraction": 0.0,
            "facility": MILAN,
            **changes,
        }
    )


def a_book(run: Run | None = None, pool: Capacity = Capacity(100 * GBQ, 10), **allotments: Allotment) -> Book:
    """The book of a run with nothing taken; allotments by the last part of the sponsor's name."""
    of = {f"partners/{name}": allotment for name, allotment in allotments.items()}
    drawn = Book(run or a_run(), CommittedSize(pool), of)
    book = blank(drawn)
    book.redraw(drawn, NOON - hours(1000))
    return book


def a_lane(name: str = "lanes/road", **changes: Any) -> Lane:
    """Every day at 15:00 UTC, six hours."""
    return Lane(
        **{
            "name": name,
            "site": SITE,
            "dispatch_minutes": 60,
            "transit_minutes": 360,
            "valid_until": NOON + timedelta(days=365),
            "facility": MILAN,
            "departures": (a_departure(15),),
            **changes,
        }
    )


def a_departure(hour: int, minute: int = 0, *, places: int = 4, cutoff_minutes: int = 30) -> Departure:
    """A departure every day."""
    at = time(hour, minute)
    return Departure(Weekly(EVERY_DAY, at, at, places), timedelta(minutes=cutoff_minutes))


def a_site(**changes: Any) -> Site:
    """A centre that receives at any time."""
    licences = [Licence(Nuclide.LU_177, 50_000.0, NOON + timedelta(days=365))]
    return Site(**{"name": SITE, "partners": frozenset({NORTHLAKE, HARBOR}), "licences": licences, **changes})


def a_market(*books: Book, **changes: Any) -> Market:
    """The lane, the centre and the books."""
    return Market(
        **{
            "now": NOON,
            "product": a_product(),
            "site": a_site(),
            "lanes": (a_lane(),),
            "facilities": {MILAN: Facility(MILAN)},
            "books": books or (a_book(),),
            "taken": {},
            **changes,
        }
    )


def a_wish(**changes: Any) -> OfferWish:
    """7.4 GBq, on any of the four days from the end of synthesis on."""
    return OfferWish(
        **{
            "partner": NORTHLAKE,
            "operator": False,
            "activity_mbq": 7400.0,
            "from_at": NOON + hours(24),
            "until_at": NOON + hours(120),
            **changes,
        }
    )


class World(NamedTuple):
    """A random world as it is published, before anything in it was claimed."""

    resources: list[resources_pb2.Resource]
    books: list[Book]

    def market(self) -> Market:
        """The same as a search finds it."""
        changes = [change for each in self.resources if (change := change_of(each, 1))]
        known = Network().after(changes)
        lanes = list(known.lanes.values())
        return Market(NOON, known.products[PRODUCT], known.sites[SITE], lanes, known.facilities, self.books, {})


class Chance(NamedTuple):
    """Draws random worlds."""

    random: Random

    def world(self) -> World:
        """A world with something of everything: full, late, unlicensed, shut, cut off, hidden."""
        pick = self.random
        product = resources_pb2.Product(
            name=PRODUCT,
            nuclide=type_pb2.NUCLIDE_LU_177,
            partners=[NORTHLAKE, HARBOR],
            activity_nominal_mbq=7400,
            shelf_life_minutes=60 * pick.choice((30, 72, 96)),
            qc_minutes=pick.choice((0, 45, 120)),
            vial_reference_activity_max_kbq=10**12,
        )
        if pick.random() < 0.3:  # of 7400 MBq there are 7.4 mL at first, and rising
            product.activity_concentration_mbq_per_ml = 1000
            product.fill_volume_min_ul, product.fill_volume_max_ul = pick.choice(((400, 12500), (8500, 11000)))
        resources = [resources_pb2.Resource(product=product), resources_pb2.Resource(site=self._site())]
        resources += [resources_pb2.Resource(facility=self._facility(name)) for name in (MILAN, DALLAS)]
        resources += [resources_pb2.Resource(lane=self._lane(number)) for number in range(pick.randint(1, 3))]
        return World(resources, [self._book(number) for number in range(pick.randint(1, 4))])

    def wish(self, world: World) -> OfferWish:
        """What somebody could look for there."""
        pick = self.random
        near = pick.choice(world.books).run.end_of_synthesis_at + hours(pick.randint(-12, 60))
        from_at = max(near, NOON + hours(1))
        return a_wish(
            partner=pick.choice((NORTHLAKE, HARBOR)),
            operator=pick.random() < 0.1,
            from_at=from_at,
            until_at=from_at + hours(pick.choice((1, 48, 72, 120))),
            activity_mbq=pick.choice((500.0, 7400.0, 12000.0)),
        )

    def _days(self) -> list[int]:
        return self.random.sample(range(1, 8), self.random.randint(2, 7))

    def _weekly(self) -> resources_pb2.WeeklyWindow:
        pick = self.random
        return resources_pb2.WeeklyWindow(
            days=self._days(),  # type: ignore[arg-type]  # the numbers are the enum's
            start_time=TimeOfDay(hours=pick.randint(0, 23), minutes=pick.choice((0, 30))),
            end_time=TimeOfDay(hours=pick.randint(0, 23)),
            places=pick.choice((None, 1, 2)),
        )

    def _weeklies(self) -> list[resources_pb2.WeeklyWindow]:
        return [self._weekly() for _ in range(self.random.randint(0, 2))]

    def _closed(self) -> list[Date]:
        return [Date(year=2027, month=3, day=self.random.randint(11, 20))] * (self.random.random() < 0.5)

    def _facility(self, name: str) -> resources_pb2.Facility:
        return resources_pb2.Facility(
            name=name,
            time_zone=self.random.choice(ZONES),
            qc_sessions=self._weeklies(),
            closed_dates=self._closed(),
        )

    def _site(self) -> resources_pb2.Site:
        pick = self.random
        start_at = NOON + hours(pick.randint(-100, 100))
        dated = resources_pb2.DatedWindow(
            start_time=stamp(start_at),
            end_time=stamp(start_at + hours(pick.randint(1, 200))),
            places=pick.choice((None, 1)),
        )
        licence = resources_pb2.Licence(
            nuclide=type_pb2.NUCLIDE_LU_177,
            activity_max_mbq=pick.choice((8000, *[50_000] * 3)),
            valid_until_time=stamp(NOON + hours(pick.choice((90, 9000, 9000)))),
        )
        return resources_pb2.Site(
            name=SITE,
            time_zone=pick.choice(ZONES),
            partners=[NORTHLAKE, HARBOR],
            licences=[licence],
            weekly_windows=self._weeklies(),
            dated_windows=[dated] * (pick.random() < 0.3),
            closed_dates=self._closed(),
        )

    def _lane(self, number: int) -> resources_pb2.Lane:
        pick = self.random
        departures = [
            resources_pb2.Departure(
                days=self._days(),  # type: ignore[arg-type]  # the numbers are the enum's
                time=TimeOfDay(hours=hour),
                cutoff_minutes=pick.choice((0, 30, 240)),
                places=pick.choice((1, 2, 5)),
            )
            for hour in pick.sample(range(24), pick.randint(0, 3))
        ]
        return resources_pb2.Lane(
            name=f"lanes/road-{number}",
            site=SITE,
            facility=pick.choice(("", "", MILAN, MILAN, DALLAS)),
            departures=departures,
            transit_minutes=pick.choice((30, 360, 1500)),
            dispatch_minutes=pick.choice((0, 60)),
            valid_until_time=stamp(NOON + hours(pick.choice((60, 9000, 9000)))),
        )

    def _book(self, number: int) -> Book:
        pick = self.random
        end_at = NOON + hours(pick.randint(2, 120))
        run = a_run(
            f"runs/lu-{number}",
            facility=pick.choice((MILAN, MILAN, DALLAS)),
            end_of_synthesis_at=end_at,
            cutoff_at=pick.choice((NOON, *[NOON + hours(1)] * 3, end_at)),
            use_by_at=end_at + hours(pick.choice((30, 96, 96))),
            loss_fraction=pick.choice((0.0, 0.1)),
            vial_kbq_max=pick.choice((9, 20, 40)) * GBQ,
            state=pick.choice((RunState.OPEN,) * 6 + (RunState.CANCELLED,)),
        )
        pool = pick.choice((Capacity(0, 0), Capacity(12 * GBQ, 1), *[Capacity(100 * GBQ, 10)] * 3))
        if pick.random() < 0.5:
            return a_book(run, pool)
        back_at = NOON + hours(pick.choice((-1, 50)))
        own = Capacity(*pick.choice(((8 * GBQ, 1), (30 * GBQ, 3))))
        return a_book(run, pool, northlake=Allotment(own, release_back_at=back_at))
