"""What is known of a batch and its doses, as documents want it. What is not known is absent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from services.kernel.activity import HALF_LIVES, Nuclide, activity_at
from services.kernel.signing import Signature
from services.network.a2 import NO_TABLE, A2Edition
from services.network.class7 import PROPER_SHIPPING_NAMES, PackageType
from services.quality.documents.facts import (
    BatchFacts,
    BatchStanding,
    Comparator,
    ConsignmentFacts,
    ContentFacts,
    DeviationFacts,
    DueClass,
    LimitFacts,
    Measure,
    PackageFacts,
    PartyFacts,
    ProductFacts,
    ResultFacts,
    RunFacts,
    SignatureFacts,
    SigningRole,
    VerdictFact,
    VialFacts,
)
from services.quality.documents.units import NOT_KNOWN
from services.quality.domain import refusals
from services.quality.domain.batch import Batch, TestVerdict
from services.quality.domain.judging import laboratory_of
from services.quality.domain.product import QualityProduct
from services.quality.domain.signing import Role
from services.quality.domain.specification import CensoredFound, NumberFound, Outcome, Result, Side, TestRule
from services.quality.domain.specification.criteria import COMPLIES, Limits, Presence
from services.quality.domain.vials import Order, Vial
from services.quality.store import Unit, others
from services.quality.usecases.judging import opinion_on

_ROLES: Mapping[str, SigningRole] = {
    Role.DESIGNATED_PERSON: SigningRole.DESIGNATED_PERSON,
    Role.QUALIFIED_PERSON: SigningRole.QUALIFIED_PERSON,
}
_VERDICTS: Mapping[Outcome, VerdictFact] = {
    Outcome.PASS: VerdictFact.PASS,
    Outcome.FAIL: VerdictFact.FAIL,
    Outcome.INDETERMINATE: VerdictFact.INDETERMINATE,
    Outcome.INVALID: VerdictFact.INDETERMINATE,
    Outcome.MISSING: VerdictFact.PENDING,
}
_NUCLIDE_TEST = re.compile("([a-z]{1,2})([0-9]{2,3}m?)")
# A dose in a Type A package is UN 2915 (49 CFR 172.101; ADR 3.2), non-special form, not fissile.
_TYPE_A = (PackageType.TYPE_A, "UN2915", PROPER_SHIPPING_NAMES["UN2915"])


@dataclass(frozen=True, slots=True)
class PackageAsked:
    """A package as it was measured; None: not known."""

    package_id: str = ""
    surface_usv_h: float | None = None
    one_metre_usv_h: float | None = None
    measured_at: datetime | None = None
    instrument: str = ""
    gross_weight_g: int | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that documents about a batch are made from."""

    batch: Batch
    product: QualityProduct | None
    vials: tuple[Vial, ...]
    orders: Mapping[str, Order]
    places: Mapping[str, others.PlaceRow]
    rules: Mapping[str, TestRule]
    results: Mapping[str, Result]
    edition: A2Edition = NO_TABLE  # the A2 values in force

    @staticmethod
    async def of(unit: Unit, batch: Batch) -> "Dossier":
        """What is known of a batch now."""
        specification = await unit.specification_of(batch)
        vials, orders = await unit.vials(batch.name), await unit.orders(batch.made.run)
        results = (await opinion_on(unit, batch, specification)).inputs.results if specification else ()
        return Dossier(
            batch,
            await unit.product(batch.made.product),
            vials,
            {order.slot: order for order in orders},
            await others.PLACES.of(unit.conn, [facility_of(batch), *(vial.site for vial in vials)]),
            specification.by_test if specification else {},
            {result.source: result for result in results},
            await others.a2_edition(unit.conn),
        )

    def zone_of(self, place: str) -> str:
        """The time zone of a place."""
        if place not in self.places:
            raise refusals.FactsMissing("The place is not known to quality.", missing=place)
        return self.places[place].time_zone

    def party(self, place: str) -> PartyFacts:
        """A place as a party to a document."""
        known = self.places.get(place)
        if known is None:
            return PartyFacts(place, place)
        contact = known.emergency_contact or None
        return PartyFacts(place, known.display_name or place, known.address or None, contact)


def carrier_of(courier: str) -> PartyFacts:
    """A courier as a party to a document. Master data has no names of partners, so it is called by its id."""
    return PartyFacts(courier or NOT_KNOWN, courier.removeprefix("partners/") or NOT_KNOWN)


def facility_of(batch: Batch) -> str:
    """Where a batch was made."""
    return batch.made.line.partition("/lines/")[0]


def batch_facts(dossier: Dossier) -> BatchFacts:
    """A batch with all that was found out about it."""
    batch, made = dossier.batch, dossier.batch.made
    concentration = batch.concentration_mbq_per_ml(made.end_of_synthesis_at)
    at_synthesis_mbq = activity_at(made.measured_mbq, made.measured_at, made.end_of_synthesis_at, made.nuclide)
    return BatchFacts(
        lot=batch.name.removeprefix("batches/"),
        standing=BatchStanding(batch.state),
        product=_product(dossier),
        run=RunFacts(
            run_id=made.run,
            line_id=made.line,
            end_of_synthesis=made.end_of_synthesis_at,
            measured_activity=_measure(made.measured_mbq, "MBq"),
            measured_volume=_volume(made.volume_ul),
        ),
        manufacturer=dossier.party(facility_of(batch)),
        calibrated_at=made.end_of_synthesis_at,
        activity_at_calibration=_measure(at_synthesis_mbq, "MBq"),
        volume=_volume(made.volume_ul),
        concentration_at_calibration=None if concentration is None else _measure(concentration, "MBq/mL"),
        expires_at=made.expires_at,
        shelf_life_origin=_origin(dossier.product),
        vials=tuple(vial_facts(dossier, vial) for vial in dossier.vials),
        results=tuple(_result(dossier, verdict) for verdict in batch.verdicts),
        deviations=tuple(
            DeviationFacts(str(each.number), each.description, each.closed_at) for each in batch.deviations
        ),
        signatures=tuple(map(_signature, batch.signatures)),
        rejection_reason=batch.rejection_reason or None,
    )


def told_to_sponsors(facts: BatchFacts) -> BatchFacts:
    """The same without what operators alone see: where it was made, what the run yielded in all, and whose doses."""
    run = RunFacts(facts.run.run_id, end_of_synthesis=facts.run.end_of_synthesis)
    return replace(facts, run=run, activity_at_calibration=None, volume=None, vials=())


def vial_facts(dossier: Dossier, vial: Vial) -> VialFacts:
    """A vial of the batch."""
    order, made = dossier.orders.get(vial.slot), dossier.batch.made
    calibrated = activity_at(vial.filled_mbq, vial.filled_at, made.end_of_synthesis_at, made.nuclide)
    return VialFacts(
        serial=vial.container,
        container_id=vial.container,
        slot_id=vial.slot,
        patient_reference=(order.patient_reference or None) if order else None,
        filled_at=vial.filled_at,
        volume=_volume(vial.volume_ul),
        activity_at_calibration=_measure(calibrated, "MBq"),
    )


def consignment_facts(dossier: Dossier, vial: Vial, package: PackageAsked) -> ConsignmentFacts:
    """What one dose travels as: a package of its own."""
    order, batch = dossier.orders.get(vial.slot), dossier.batch
    facility = facility_of(batch)
    consignor = dossier.party(facility)
    return ConsignmentFacts(
        consignment_id=vial.slot.removeprefix("slots/"),
        consignor=consignor,
        consignee=dossier.party(vial.site),
        carrier=carrier_of(vial.courier),
        zone=dossier.zone_of(facility),
        packages=(_package(dossier, vial, package),),
        departs_at=order.departure_at if order else None,
        arrives_at=order.delivery_at if order else None,
        emergency_contact=consignor.contact,
        storage=dossier.product.storage or None if dossier.product else None,
    )


def _package(dossier: Dossier, vial: Vial, package: PackageAsked) -> PackageFacts:
    nuclide = dossier.batch.made.nuclide
    kind, number, name = _TYPE_A
    # The greatest activity on the way is that at filling: from then on it only decays.
    return PackageFacts(
        package_id=package.package_id or vial.container,
        package_type=kind,
        un_number=number,
        proper_shipping_name=name,
        contents=(ContentFacts(nuclide, _measure(vial.filled_mbq, "MBq")),),
        physical_form="liquid",
        surface_dose_rate=_dose_rate(package.surface_usv_h),
        dose_rate_at_1_m=_dose_rate(package.one_metre_usv_h),
        measured_at=package.measured_at,
        instrument=package.instrument or None,
        gross_weight=None if package.gross_weight_g is None else Measure(Decimal(package.gross_weight_g), "g"),
        vial_serials=(vial.container,),
    )


def _product(dossier: Dossier) -> ProductFacts:
    product, made = dossier.product, dossier.batch.made
    half_life = half_life_of(made.nuclide)
    if product is None:
        return ProductFacts(made.product, made.product, made.nuclide, "", half_life=half_life)
    return ProductFacts(
        product_id=made.product,
        name=product.display_name or made.product,
        nuclide=made.nuclide,
        gtin=product.gtin,
        dosage_form=product.dosage_form or None,
        route_of_administration=product.route_of_administration or None,
        production_route=product.production_route or None,
        specification=_specified(dossier.batch),
        storage=product.storage or None,
        half_life=half_life,
    )


def half_life_of(nuclide: Nuclide) -> Measure:
    """The half-life with the digits of its evaluation: in the longest unit that fits."""
    seconds = HALF_LIVES[nuclide].seconds
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if (stated := seconds / size) >= 2 and stated == round(stated, 4):
            return Measure(stated, unit)
    return Measure(seconds, "s")


def _origin(product: QualityProduct | None) -> str | None:
    return product.shelf_life_origin.replace("_", " ").lower() or None if product else None


def _specified(batch: Batch) -> str | None:
    return f"{batch.specified.name} version {batch.specified.version}" if batch.specified else None


def _result(dossier: Dossier, verdict: TestVerdict) -> ResultFacts:
    rule = dossier.rules[verdict.test]
    counted = [dossier.results[source] for source in verdict.results if source in dossier.results]
    value = counted[0].value if len(counted) == 1 else None
    number = value.value if isinstance(value, NumberFound) else None
    censored = isinstance(value, CensoredFound) and isinstance(value.bound, Decimal)
    return ResultFacts(
        test_id=verdict.test,
        name=rule.title or verdict.test,
        due=DueClass(verdict.test_class),
        unit=(counted[0].unit if counted else None) or rule.unit or "",
        limit=limit_facts(rule),
        method=method_of(rule),
        analyte=_analyte(verdict.test),
        value=value.bound if censored else number,  # type: ignore[union-attr,arg-type]
        comparator=_comparator(value) if censored else None,  # type: ignore[arg-type]
        text=None if number is not None or censored or not counted else "; ".join(str(each.value) for each in counted),
        measured_at=max((each.instant for each in counted), default=None),
        laboratory=laboratory_of(counted[0].source).removeprefix("partners/") if counted else None,
        verdict=_VERDICTS[verdict.outcome],
        rule_version=_specified(dossier.batch),
    )


def limit_facts(rule: TestRule) -> LimitFacts:
    """What a test asks for, in the unit of its rule: a laboratory may report in another."""
    limits = rule.criterion
    if isinstance(limits, Presence) and limits.accepted != COMPLIES:
        return LimitFacts(text=" or ".join(map(repr, limits.accepted)))
    if not isinstance(limits, Limits):
        return LimitFacts(text=str(limits))
    low, high = limits.low, limits.high
    return LimitFacts(
        low=low.value if low else None,
        high=high.value if high else None,
        low_exclusive=bool(low and not low.inclusive),
        high_exclusive=bool(high and not high.inclusive),
        unit=rule.unit,
    )


def method_of(rule: TestRule) -> str | None:
    """How a test is made; what judges the results of another one is calculated."""
    return rule.method or ("calculated" if rule.watched != rule.test else None)


def _analyte(test: str) -> str | None:
    """The impurity that a test looks for, if it is named after one: `lu177m` is Lu-177m."""
    named = _NUCLIDE_TEST.fullmatch(test)
    return f"{named[1].capitalize()}-{named[2]}" if named else None


def _comparator(value: CensoredFound) -> Comparator:
    return Comparator(("<" if value.side is Side.BELOW else ">") + ("=" if value.inclusive else ""))


def _signature(signature: Signature) -> SignatureFacts:
    role = _ROLES.get(signature.role, SigningRole.OPERATOR)
    words = signature.meaning.replace("_", " ").lower()
    return SignatureFacts(signature.printed_name, role, words, signature.signed_at, signature.record_sha256)


def _measure(value: float, unit: str) -> Measure:
    """Six digits: no dose calibrator states more."""
    return Measure(Decimal(f"{value:.6g}"), unit)


def _volume(volume_ul: int | None) -> Measure | None:
    return None if volume_ul is None else Measure(Decimal(volume_ul).scaleb(-3), "mL")


def _dose_rate(usv_h: float | None) -> Measure | None:
    return None if usv_h is None else Measure(Decimal(str(usv_h)), "uSv/h")
