"""Packages as callers tell them; their shape was judged by the proto's rules before."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from doselane.distribution.v1 import shipment_pb2

from services.distribution.domain.packages import Package, PackageParty
from services.kernel.timestamps import optional_instant
from services.network.a2 import RadioactiveContent
from services.network.class7 import PackageCategory, PackageType

_USV_PER_MSV = 1000


def packages_of(packages: Iterable[shipment_pb2.Package]) -> list[Package]:
    """What is in which package, what stands on it, and what was measured."""
    return [_package(each, f"packages[{place}]") for place, each in enumerate(packages)]


def _package(told: shipment_pb2.Package, place: str) -> Package:
    return Package(
        package_id=told.package_id,
        doses=tuple(each.removeprefix("doses/") for each in told.doses),
        design=PackageType(shipment_pb2.Package.Design.Name(told.design)) if told.design else None,
        special_form=told.special_form,
        contents=tuple(
            _content(content, f"{place}.contents[{number}]") for number, content in enumerate(told.contents)
        ),
        physical_form=told.physical_form.strip(),
        chemical_form=told.chemical_form.strip(),
        un_number=told.un_number,
        proper_shipping_name=" ".join(told.proper_shipping_name.split()),
        surface_msv_h=_msv(told, "surface_dose_rate_usv_per_h"),
        one_metre_msv_h=_msv(told, "dose_rate_at_one_metre_usv_per_h"),
        measured_at=optional_instant(told, "measure_time", f"{place}.measure_time"),
        measured_by=told.measured_by.strip(),
        instrument=told.instrument.strip(),
        label_category=(
            PackageCategory[shipment_pb2.Package.Category.Name(told.label_category)] if told.label_category else None
        ),
        labels=told.labels if told.HasField("labels") else None,
        seal_number=told.seal_number.strip(),
        gross_weight_g=told.gross_weight_g if told.HasField("gross_weight_g") else None,
        shipper=_party(told.shipper) if told.HasField("shipper") else None,
        consignee=_party(told.consignee) if told.HasField("consignee") else None,
        emergency_contact=told.emergency_contact.strip(),
        exclusive_use=told.exclusive_use,
    )


def _content(told: shipment_pb2.PackageContent, place: str) -> RadioactiveContent:
    # A float stands for the shortest decimal that reads as it.
    activity_bq = Decimal(repr(told.activity_bq)) if told.HasField("activity_bq") else None
    return RadioactiveContent(told.nuclide, activity_bq, optional_instant(told, "time", f"{place}.time"))


def _party(told: shipment_pb2.PackageParty) -> PackageParty:
    return PackageParty(told.display_name.strip(), told.address.strip())


def _msv(told: Any, field: str) -> Decimal | None:
    return Decimal(repr(getattr(told, field))) / _USV_PER_MSV if told.HasField(field) else None
