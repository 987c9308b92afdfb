"""A product, as far as quality goes by it."""

from dataclasses import dataclass
from datetime import timedelta

from services.quality.domain.batch import ReleaseTerms
from services.quality.domain.vials import FillRange


@dataclass(frozen=True, slots=True)
class QualityProduct:
    """What master data says of a product; an empty text is not known. Without a specification nothing of it passes."""

    name: str
    display_name: str
    specification: str
    terms: ReleaseTerms
    fill: FillRange
    shelf_life: timedelta
    partners: tuple[str, ...]
    package: str = ""
    gtin: str = ""
    dosage_form: str = ""
    route_of_administration: str = ""
    production_route: str = ""
    storage: str = ""
    shelf_life_origin: str = ""
