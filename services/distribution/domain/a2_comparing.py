"""What tables of A2 values are compared by: doses of products, the same on lanes, and packages on their way."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from services.distribution.domain.a2_tables import A2Subject
from services.distribution.domain.packages import contents_at
from services.distribution.domain.shipment import Shipment
from services.kernel.activity import decay
from services.network.a2 import RadioactiveContent
from services.network.class7 import PackageType
from services.network.resources import Lane, Product, Site

_BQ_PER_MBQ = 10**6


def network_subjects(products: Sequence[Product], lanes: Sequence[Lane], sites: Sequence[Site]) -> Iterator[A2Subject]:
    """One dose of each product at its greatest, as it is administered; and as it leaves on each lane that may carry it.

    A lane carries a product if they share a sponsor. What must have an activity on arrival had more as it left.
    """
    for product in products:
        yield A2Subject(_dose(product, _greatest_mbq(product)), product.name)
    sponsors = {site.name: site.partners for site in sites}
    for lane in lanes:
        for product in products:
            if product.partners & sponsors.get(lane.site, frozenset()):
                leaving_mbq = decay(_greatest_mbq(product), -lane.transit, product.nuclide)
                yield A2Subject(_dose(product, leaving_mbq), product.name, lane.name)


def package_subjects(shipment: Shipment) -> Iterator[A2Subject]:
    """The packages of a shipment that are declared to be Type A, as they leave, or left."""
    for package in shipment.packages:
        if package.design is PackageType.TYPE_A:
            contents = contents_at(package, shipment.departure_at)
            yield A2Subject(
                contents,
                shipment=shipment.name,
                package_id=package.package_id,
                special_form=package.special_form,
            )


def _greatest_mbq(product: Product) -> float:
    return product.activity_mbq_max or product.activity_mbq_nominal


def _dose(product: Product, activity_mbq: float) -> tuple[RadioactiveContent, ...]:
    # A float stands for the shortest decimal that reads as it.
    return (RadioactiveContent(str(product.nuclide), Decimal(repr(activity_mbq)) * _BQ_PER_MBQ),)
