"""What slotting does: the ledger and its batches, searches of offers, and orders that are stated by event."""

from services.slotting.usecases.ledger import Answer, Ledger, Ticket, decide_alone, decide_batch, preview, take_over
from services.slotting.usecases.ordering import take_order
from services.slotting.usecases.searching import OfferSearch, market_of, nothing_of, wish_of

__all__ = [
    "Answer",
    "Ledger",
    "OfferSearch",
    "Ticket",
    "decide_alone",
    "decide_batch",
    "market_of",
    "nothing_of",
    "preview",
    "take_order",
    "take_over",
    "wish_of",
]
