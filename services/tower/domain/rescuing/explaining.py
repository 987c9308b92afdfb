"""A plan and its moves in words for people: what each saves, what it costs, and until when."""

from datetime import datetime, timedelta

from services.tower.domain.rescuing.moves import MoveKind, RescueMove
from services.tower.domain.rescuing.plans import RescuePlan

_MINUTE = timedelta(minutes=1)


def explained(move: RescueMove) -> str:
    """A move: what it changes, what is given when, what that costs, and until when it can be made."""
    if move.gives_up:
        hold = f"The hold on {move.run} stands by, and is given up for another dose."
        return f"{hold} Possible until {_instant(move.until_at)}."
    given = f"It is given on {_instant(move.administration_at)} with {move.activity_mbq:.0f} MBq"
    costs = [*_costs(move)]
    price = f", {' and '.join(costs)}" if costs else ", as promised"
    return f"{_role(move)}{_way(move)} {given}{price}. Possible until {_instant(move.until_at)}."


def _role(move: RescueMove) -> str:
    if move.swaps_with:
        return f"It and doses/{move.swaps_with} take each other's run. "
    return "It is safe, and leaves its place to another dose. " if move.helps else ""


def _way(move: RescueMove) -> str:
    lane = f"over {move.lane} on {_instant(move.departure_at)}, there by {_instant(move.delivery_at)}"
    if move.replaces:
        source = f"{move.run} makes another dose for its order, as this one is lost; it leaves"
    elif move.run != move.promised.run:
        source = f"{move.run} makes the dose instead of {move.promised.run}; it leaves"
    else:
        source = "The filled vial leaves" if move.keeps_vial else "The dose of its own run leaves"
    there = f", to {move.site}" if MoveKind.ANOTHER_SITE in move.kinds else ""
    return f"{source} {lane}{there}."


def _costs(move: RescueMove) -> list[str]:
    found = []
    if MoveKind.LATER_ADMINISTRATION in move.kinds:
        found.append(f"{_lasting(move.later)} later than promised")
    if MoveKind.LESS_ACTIVITY in move.kinds:
        found.append(f"{move.activity_fraction:.1%} of what was promised")
    if MoveKind.ANOTHER_SITE in move.kinds:
        found.append("at another centre")
    return found


def told(plan: RescuePlan) -> str:
    """A plan: how many doses it saves, what it asks of people, until when, and whether there may be a better one."""
    number = plan.saved + len(plan.unsaved)
    words = [f"Saves {plan.saved} of {number} {'dose' if number == 1 else 'doses'}"]
    if helping := len(plan.moves) - plan.saved:
        words.append(
            f"{helping} that {'is' if helping == 1 else 'are'} safe {'makes' if helping == 1 else 'make'} room"
        )
    if made := plan.worth.made:
        words.append(f"{made} of them {'is' if made == 1 else 'are'} made already")
    asks = sum(move.asks_consent for move in plan.moves)
    if asks:
        words.append(f"consents that are not there yet are needed for {asks} of them")
    elif not any(move.noticed for move in plan.moves):
        words.append("no patient notices anything")
    if plan.until_at is not None:
        words.append(f"it can be carried out until {_instant(plan.until_at)}")
    if not plan.proven:
        words.append(f"there was not time to prove that none is better (at most {plan.saved_max} doses)")
    return "; ".join(words) + "."


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _lasting(late: timedelta) -> str:
    hours, minutes = divmod(-(-late // _MINUTE), 60)
    return " ".join(filter(None, (f"{hours} h" if hours else "", f"{minutes} min" if minutes or not hours else "")))
