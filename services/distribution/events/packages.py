"""Packages as protobuf, with what follows from their data; and as a courier has to know them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from doselane.courier.v1 import orders_pb2
from doselane.distribution.v1 import shipment_pb2
from doselane.type.v1 import type_pb2

from services.distribution.domain.packages import Class7Findings, Package, PackageParty, contents_at
from services.kernel.activity import Nuclide
from services.kernel.nuclides import PROTO_OF_NUCLIDE
from services.kernel.timestamps import stamp
from services.network.class7 import PackageCategory

_NUCLIDES: Mapping[str, type_pb2.Nuclide] = {str(nuclide): PROTO_OF_NUCLIDE[nuclide] for nuclide in Nuclide}
_USV_PER_MSV = 1000


def package_message(package: Package) -> shipment_pb2.Package:
    """What travels as one piece."""
    message = shipment_pb2.Package(
        package_id=package.package_id,
        doses=[f"doses/{each}" for each in package.doses],
        design=shipment_pb2.Package.Design.Value(package.design or "DESIGN_UNSPECIFIED"),
        special_form=package.special_form,
        contents=[
            shipment_pb2.PackageContent(
                nuclide=each.nuclide, activity_bq=_number(each.activity_bq), time=stamp(each.at)
            )
            for each in package.contents
        ],
        physical_form=package.physical_form,
        chemical_form=package.chemical_form,
        un_number=package.un_number,
        proper_shipping_name=package.proper_shipping_name,
        surface_dose_rate_usv_per_h=_usv(package.surface_msv_h),
        dose_rate_at_one_metre_usv_per_h=_usv(package.one_metre_msv_h),
        measure_time=stamp(package.measured_at),
        measured_by=package.measured_by,
        instrument=package.instrument,
        label_category=_category(package.label_category),
        labels=package.labels,
        seal_number=package.seal_number,
        gross_weight_g=package.gross_weight_g,
        shipper=_party(package.shipper),
        consignee=_party(package.consignee),
        emergency_contact=package.emergency_contact,
        exclusive_use=package.exclusive_use,
    )
    if package.found is not None:
        message.class7.CopyFrom(_findings(package.found))
    return message


def parcel_message(package: Package, departure_at: datetime | None) -> orders_pb2.Parcel:
    """A package, as a courier has to know it. Nuclides that no courier's words know are left to the papers."""
    found = package.found
    return orders_pb2.Parcel(
        package_id=package.package_id,
        un_number=package.un_number,
        proper_shipping_name=package.proper_shipping_name,
        contents=[
            orders_pb2.RadioactiveContent(
                nuclide=_NUCLIDES[each.nuclide],
                activity_bq=float(each.activity_bq),
                time=stamp(each.at),
            )
            for each in contents_at(package, departure_at)
            if each.nuclide in _NUCLIDES and each.activity_bq is not None
        ],
        category=str(found.categorisation.category) if found and found.categorisation else "",
        transport_index=_number(found.transport_index) if found else None,
        gross_weight_g=package.gross_weight_g,
    )


def _findings(found: Class7Findings) -> shipment_pb2.Class7Findings:
    categorisation, share = found.categorisation, found.share
    return shipment_pb2.Class7Findings(
        edition=found.edition,
        not_for_use=found.not_for_use,
        transport_index=_number(found.transport_index),
        category=_category(categorisation.category if categorisation else None),
        exclusive_use_only=bool(categorisation and categorisation.exclusive_use),
        un_number=found.un_number or "",
        proper_shipping_name=found.proper_shipping_name,
        activity_bq=_number(found.activity_bq),
        a2_fraction=_number(share.shown if share else None),
        default_row_nuclides=share.by_default_row if share else (),
        progeny=share.progeny if share else (),
        label_lines=found.label.lines if found.label else (),
        contradictions=found.contradictions,
    )


def _category(category: PackageCategory | None) -> shipment_pb2.Package.Category:
    return shipment_pb2.Package.Category.Value(category.name if category else "CATEGORY_UNSPECIFIED")


def _party(party: PackageParty | None) -> shipment_pb2.PackageParty | None:
    return shipment_pb2.PackageParty(display_name=party.display_name, address=party.address) if party else None


def _usv(msv_h: Decimal | None) -> float | None:
    return None if msv_h is None else float(msv_h * _USV_PER_MSV)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
