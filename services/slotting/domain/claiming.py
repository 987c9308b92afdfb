"""What every promise goes through: who may know of it, and the taking of all its places, or of none."""

from datetime import datetime
from uuid import UUID

from services.kernel.visibility import NOBODY, visible
from services.network import Product
from services.network.refusals import RunUnknown
from services.slotting.domain import refusals, routing
from services.slotting.domain.book import Allocation, Book
from services.slotting.domain.commands import Claim, Command, OnSlot
from services.slotting.domain.page import LedgerHappened, UnitOfWork
from services.slotting.domain.places import check_product
from services.slotting.domain.slot import Demand, Reservations, Slot, State, reference_amount, require_claimable


def new_slot(
    page: UnitOfWork,
    claim: Claim,
    what: LedgerHappened,
    state: State,
    until: datetime | None,
    replaces: UUID | None = None,
) -> Slot:
    """A promise that was not there before."""
    book = book_for(page, claim.demand.run, claim)
    reference_kbq, allocation, reservations = take(page, book, claim.demand)
    slot = Slot(
        id=claim.slot_id,
        version=1,
        state=state,
        product=book.run.product,
        demand=claim.demand._replace(departure_at=None),
        reference_kbq=reference_kbq,
        allocation=allocation,
        hold_until=until,
        created_at=page.now,
        updated_at=page.now,
        actor=claim.actor,
        reason=claim.reason,
        by_staff=claim.by_staff(claim.demand.partner),
        reservations=reservations,
        replaces=replaces,
    )
    return page.put(what, slot)


def take(page: UnitOfWork, book: Book, demand: Demand) -> tuple[int, Allocation, Reservations]:
    """Every check of a claim, and then the taking of all reservations: of each, or of none."""
    require_claimable(book.run, page.now)
    return take_reservations(page, book, demand)


def take_reservations(
    page: UnitOfWork, book: Book, demand: Demand, made: routing.MadeDose | None = None
) -> tuple[int, Allocation, Reservations]:
    """The same for what is promised already: whether its run takes claims does not matter. What it stands for in
    kilobecquerel, what it takes of the run, and where else it has a place."""
    check_product(
        page.network.products.get(book.run.product),
        demand.partner,
        demand.activity_mbq,
        book.run,
        demand.administration_at,
    )
    wanted = reference_amount(book.run, demand)
    allowed = routing.allowed(demand, book.run, page.network, made)
    book.share(demand.partner, wanted)
    reservations = routing.first_free(allowed, demand, page.rooms).reservations
    if not reservations.places:
        return wanted.kbq, book.take(demand.partner, wanted), reservations
    before = book.memo(), page.rooms.memo(reservations.places)
    try:
        allocation = book.take(demand.partner, wanted)
        page.rooms.take(reservations.places)
    except BaseException:
        book.restore(before[0])
        page.rooms.restore(before[1])
        raise
    return wanted.kbq, allocation, reservations


def book_for(page: UnitOfWork, run: str, command: Command) -> Book:
    """The run's book; raises RunUnknown if whoever asks may not know of it."""
    book = page.books.get(run)
    partner = command.demand.partner if isinstance(command, Claim) else command.partner
    viewer = None if command.operator else partner
    if book is None or not may_know(viewer, book, page.network.products.get(book.run.product)):
        raise RunUnknown("There is no such run.", run=run)
    return book


def may_know(viewer: str | None, book: Book, product: Product | None) -> bool:
    """True if the viewer (None: an operator) may know of the run, and so of what it makes."""
    return visible(viewer, book.audience, product.partners if product else NOBODY)


def own_slot(page: UnitOfWork, command: OnSlot) -> Slot:
    """The slot; raises SlotUnknown if whoever asks may not know of it."""
    slot = page.slots.get(command.slot_id)
    if slot is None or not (command.operator or slot.demand.partner == command.partner):
        raise refusals.SlotUnknown("There is no such slot.", slot=f"slots/{command.slot_id}")
    return slot


def open_slot(page: UnitOfWork, command: OnSlot) -> Slot:
    """The slot, if it can still change and is as whoever asks has seen it."""
    slot = own_slot(page, command)
    slot.require_open(page.now)
    slot.require_etag(command.etag)
    return slot
