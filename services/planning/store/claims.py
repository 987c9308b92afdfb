"""Claims as slotting published them: one row a slot, the newest version wins."""

from services.kernel.projection import Projection
from services.planning.events.consumed import Claimed

claimed = Projection("claimed", Claimed)
