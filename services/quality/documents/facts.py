"""What documents are made from: facts that somebody else has established. None means not known, never zero."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from services.network.a2 import Emission
from services.network.class7 import PackageType


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with its unit as a UCUM code. The number keeps the digits with which it was stated: 1.0 is not 1.00."""

    value: Decimal
    unit: str


class VerdictFact(StrEnum):
    """What the rules said of a result."""

    PASS = "PASS"
    FAIL = "FAIL"
    INDETERMINATE = "INDETERMINATE"
    PENDING = "PENDING"


class DueClass(StrEnum):
    """What may not happen before a test has passed."""

    BEFORE_DISPATCH = "BEFORE_DISPATCH"
    BEFORE_USE = "BEFORE_USE"
    AFTER_USE = "AFTER_USE"


class Comparator(StrEnum):
    """How a censored result stands to its number, as FHIR spells it."""

    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER_OR_EQUAL = ">="
    GREATER = ">"


class BatchStanding(StrEnum):
    """How far a batch has come."""

    IN_QC = "IN_QC"
    READY_TO_SHIP = "READY_TO_SHIP"
    CERTIFIED_FOR_USE = "CERTIFIED_FOR_USE"
    CERTIFIED_FINAL = "CERTIFIED_FINAL"
    REJECTED = "REJECTED"
    FAILED_AFTER_USE = "FAILED_AFTER_USE"


class SigningRole(StrEnum):
    """In which capacity somebody signed."""

    OPERATOR = "OPERATOR"
    ANALYST = "ANALYST"
    DESIGNATED_PERSON = "DESIGNATED_PERSON"
    QUALIFIED_PERSON = "QUALIFIED_PERSON"


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """An organisation at a place."""

    party_id: str
    name: str
    address: str | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What is made. `impurity_nuclides` are those that each certificate states, measured or not."""

    product_id: str
    name: str
    nuclide: str
    gtin: str
    dosage_form: str | None = None
    route_of_administration: str | None = None
    production_route: str | None = None
    impurity_nuclides: tuple[str, ...] = ()
    specification: str | None = None
    storage: str | None = None
    half_life: Measure | None = None
    certified_by_qualified_person: bool = True


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The production that a batch came from."""

    run_id: str
    line_id: str | None = None
    started_at: datetime | None = None
    end_of_synthesis: datetime | None = None
    pledged_activity: Measure | None = None
    measured_activity: Measure | None = None
    measured_volume: Measure | None = None


@dataclass(frozen=True, slots=True)
class VialFacts:
    """One vial of a batch. Its patient is known to the sponsor alone, by the sponsor's pseudonymous reference."""

    serial: str
    container_id: str | None = None
    slot_id: str | None = None
    patient_reference: str | None = None
    filled_at: datetime | None = None
    volume: Measure | None = None
    activity_at_calibration: Measure | None = None


@dataclass(frozen=True, slots=True)
class LimitFacts:
    """What a result is held against. The bounds are inclusive unless said otherwise; `text` is a limit in words.

    `unit` is that of the bounds, which the laboratory need not use; None: they have the unit of the result.
    """

    low: Decimal | None = None
    high: Decimal | None = None
    low_exclusive: bool = False
    high_exclusive: bool = False
    text: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class ResultFacts:
    """A test with its result and its verdict. `analyte` is the impurity that it looks for, such as `Lu-177m`."""

    test_id: str
    name: str
    due: DueClass
    unit: str
    limit: LimitFacts
    method: str | None = None
    analyte: str | None = None
    value: Decimal | None = None
    comparator: Comparator | None = None
    text: str | None = None
    measured_at: datetime | None = None
    laboratory: str | None = None
    verdict: VerdictFact = VerdictFact.PENDING
    rule_version: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether there is a result, as a number or in words."""
        return self.value is not None or self.text is not None


@dataclass(frozen=True, slots=True)
class DeviationFacts:
    """A deviation from what was laid down, and when it was closed."""

    deviation_id: str
    summary: str
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """Who signed what as what, when and with which meaning; `record_sha256` is the hash that it is bound to."""

    signer: str
    role: SigningRole
    meaning: str
    signed_at: datetime
    record_sha256: str


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """A batch with all that was found out about it."""

    lot: str
    standing: BatchStanding
    product: ProductFacts
    run: RunFacts
    manufacturer: PartyFacts
    calibrated_at: datetime | None = None
    activity_at_calibration: Measure | None = None
    volume: Measure | None = None
    concentration_at_calibration: Measure | None = None
    expires_at: datetime | None = None
    shelf_life_origin: str | None = None
    vials: tuple[VialFacts, ...] = ()
    results: tuple[ResultFacts, ...] = ()
    deviations: tuple[DeviationFacts, ...] = ()
    signatures: tuple[SignatureFacts, ...] = ()
    rejection_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """One nuclide in a package, impurities and daughters included, with its greatest activity during transport."""

    nuclide: str
    activity: Measure | None
    emission: Emission | None = None  # None: what is known of the nuclide
    on_label: bool = True


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """One package as it stands ready; dose rates as they were measured at its surface and 1 m from it."""

    package_id: str
    package_type: PackageType
    un_number: str
    proper_shipping_name: str
    contents: tuple[ContentFacts, ...]
    special_form: bool = False
    physical_form: str | None = None
    chemical_form: str | None = None
    surface_dose_rate: Measure | None = None
    dose_rate_at_1_m: Measure | None = None
    measured_at: datetime | None = None
    instrument: str | None = None
    dimensions: str | None = None
    gross_weight: Measure | None = None
    vial_serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsignmentFacts:
    """What goes from one party to another at once. `zone` is the IANA name of the place of departure."""

    consignment_id: str
    consignor: PartyFacts
    consignee: PartyFacts
    carrier: PartyFacts
    zone: str
    packages: tuple[PackageFacts, ...]
    departs_at: datetime | None = None
    arrives_at: datetime | None = None
    service: str | None = None
    aircraft: str | None = None
    storage: str | None = None
    handling: str | None = None
    emergency_contact: str | None = None
    exclusive_use: bool = False


@dataclass(frozen=True, slots=True)
class DocumentHead:
    """What distinguishes one issue of a document from the next; `issued_at` is the only time a document takes."""

    document_id: str
    version: int
    issued_at: datetime
    replaces_sha256: str | None = None
