"""A small plant for planning tests, as master data tells of it, and requests about it."""

from datetime import timedelta
from typing import Any

from doselane.masterdata.v1 import resources_pb2
from doselane.planning.v1 import planning_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message

from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.masterdata import window
from tests.support.planning_worlds import ACTINIUM, FAR, HARBOR, LINE, NORTHLAKE, NOW, TIDEWATER, at

CDMO = "partners/cdmo"
REGION = "us-midwest"


def plant() -> list[Message]:
    """One product, line, centre and lane; a run of four hours a shift, a shift each morning and Monday's longer."""
    return [
        resources_pb2.Product(
            name=ACTINIUM,
            nuclide=type_pb2.NUCLIDE_AC_225,
            partners=[NORTHLAKE, HARBOR],
            activity_nominal_mbq=8,
            shelf_life_minutes=96 * 60,
            qc_minutes=120,
            vial_reference_activity_max_kbq=1_000_000,
            loss_fraction=0.05,
        ),
        resources_pb2.Facility(name=TIDEWATER, time_zone="UTC"),
        resources_pb2.Line(
            name=LINE,
            products=[ACTINIUM],
            shifts=[window("06:00", "16:00", 1, 3)],
            run_minutes=240,
            cleaning_minutes=60,
            changeover_minutes=180,
            run_capacity=type_pb2.Capacity(reference_activity_kbq=10**9, vials=20),
        ),
        resources_pb2.Site(
            name="sites/lakeside",
            region=REGION,
            time_zone="UTC",
            partners=[NORTHLAKE, HARBOR],
            licences=[
                resources_pb2.Licence(
                    nuclide=type_pb2.NUCLIDE_AC_225, activity_max_mbq=100, valid_until_time=stamp(FAR)
                )
            ],
        ),
        resources_pb2.Lane(
            name="lanes/to-lakeside",
            facility=TIDEWATER,
            site="sites/lakeside",
            dispatch_minutes=60,
            transit_minutes=360,
            valid_until_time=stamp(FAR),
        ),
        agreement(),
    ]


def agreement(vials: int = 2) -> resources_pb2.Agreement:
    """Northlake's: so many vials in each run, four frozen weeks."""
    return resources_pb2.Agreement(
        name="agreements/northlake",
        partner=NORTHLAKE,
        product=ACTINIUM,
        per_run=type_pb2.Capacity(reference_activity_kbq=10_000 * vials, vials=vials),
        release_back_minutes=24 * 60,
        frozen_weeks=4,
        valid_from_time=stamp(NOW - timedelta(days=300)),
        valid_until_time=stamp(FAR),
    )


def delivery(**changes: Any) -> planning_pb2.IsotopeDelivery:
    """A gigabecquerel of Ac-225, in use all week."""
    facts: dict[str, Any] = {
        "facility": TIDEWATER,
        "nuclide": type_pb2.NUCLIDE_AC_225,
        "calibration": type_pb2.Activity(activity_mbq=1000, time=stamp(at(0, 0))),
        "arrival_time": stamp(at(0, 0)),
        "use_by_time": stamp(at(6, 0)),
        "yield_fraction": 0.8,
    }
    return planning_pb2.IsotopeDelivery(**{**facts, **changes})


def new_id() -> str:
    """A request id."""
    return str(uuid7())
