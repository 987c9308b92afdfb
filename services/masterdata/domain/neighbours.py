"""How a resource must fit the others: what it refers to exists, and what others refer to stays."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from services.masterdata.domain.contents import Agreement, Content, Product
from services.masterdata.domain.refusals import AgreementOverlaps, InUse, PartnerUnknown, ReferenceUnknown


class Neighbourhood:
    """All resources concerned, by name, as they would be after the change."""

    def __init__(self, contents: Mapping[str, Content]) -> None:
        self.contents = contents
        # Found by product and sponsor: an import may bring thousands, and each must be compared with its like alone.
        self.agreements: dict[str, dict[str, list[Agreement]]] = defaultdict(lambda: defaultdict(list))
        for each in contents.values():
            if isinstance(each, Agreement):
                self.agreements[each.product][each.partner].append(each)


def watched_by(content: Content) -> set[str]:
    """The names whose users a change of this resource must know."""
    match content:
        case Product():
            return {content.name}
        case Agreement():
            return {content.product}
    return set()


def require_fitting(content: Content, world: Neighbourhood, at: str, now: datetime) -> None:
    """Refuse a resource that does not fit the others."""
    _require_references(content, world, at)
    match content:
        case Product():
            _require_sponsors_kept(content, world, at, now)
        case Agreement():
            _require_sponsor_of_product(content, world, at)
            _require_no_overlap(content, world, at)


def require_unused(name: str, world: Neighbourhood) -> None:
    """Refuse to delete what others refer to, and name them."""
    users = [user.name for user in world.contents.values() if name in {used for _, used in user.references}]
    if users:
        raise InUse(
            "Others refer to it; change or delete them first.",
            resource=name,
            user_count=len(users),
            users=",".join(sorted(users)),
        )


def _require_references(content: Content, world: Neighbourhood, at: str) -> None:
    missing = [(field, name) for field, name in content.references if name not in world.contents]
    if missing:
        raise ReferenceUnknown(
            "What it refers to does not exist.",
            resource=content.name,
            field=f"{at}.{missing[0][0]}",
            missing=",".join(name for _, name in missing),
        )


def _require_sponsors_kept(product: Product, world: Neighbourhood, at: str, now: datetime) -> None:
    """An agreement in force would promise its sponsor a product that does not exist for it any more."""
    bound = [
        other.name
        for partner, others in world.agreements[product.name].items()
        if partner not in product.partners
        for other in others
        if other.valid_until and other.valid_until > now
    ]
    if bound:
        raise InUse(
            "Sponsors with an agreement on the product must stay; change or delete the agreement first.",
            resource=product.name,
            field=f"{at}.partners",
            user_count=len(bound),
            users=",".join(sorted(bound)),
        )


def _require_sponsor_of_product(agreement: Agreement, world: Neighbourhood, at: str) -> None:
    product = world.contents[agreement.product]
    if isinstance(product, Product) and agreement.partner not in product.partners:
        raise PartnerUnknown(
            "The product does not name this sponsor.",
            field=f"{at}.partner",
            partner=agreement.partner,
            product=agreement.product,
        )


def _require_no_overlap(agreement: Agreement, world: Neighbourhood, at: str) -> None:
    for other in world.agreements[agreement.product][agreement.partner]:
        if other.name != agreement.name and _meet(agreement, other):
            raise AgreementOverlaps(
                "The sponsor has another agreement on this product at the same time.",
                field=f"{at}.valid_from_time",
                agreement=other.name,
                valid_from_time=other.valid_from,
                valid_until_time=other.valid_until,
            )


def _meet(one: Agreement, other: Agreement) -> bool:
    if not (one.valid_from and one.valid_until and other.valid_from and other.valid_until):
        return False  # Neither is stored like that; the violations say so.
    return one.valid_from < other.valid_until and other.valid_from < one.valid_until
