"""How often a name is asked for: the less is left of what travels under it, the more often. Pure."""

from datetime import timedelta

# Of what is left of the life so much may go by between two looks: what is heard of then can still be acted on.
SHARE_OF_LIFE = 0.02
# However long it lives, it is looked for after so many rounds of its poll.
ROUNDS_MAX = 12


def pause(every: timedelta, left: timedelta | None) -> timedelta:
    """Between two looks at a name: never shorter than the poll's own round. None: nobody says how long it lives."""
    return every if left is None else max(every, min(left * SHARE_OF_LIFE, ROUNDS_MAX * every))


def due(every: timedelta, left: timedelta | None, since_asked: timedelta | None) -> bool:
    """Whether a name is asked for in this round; `since_asked` is None if it never was."""
    if left is not None and left <= timedelta():
        return False  # Nobody is helped any more.
    waits = pause(every, left)
    # Rounds are not quite as long as they should be; what is due in each of them must not miss every second one.
    return since_asked is None or waits <= every or since_asked >= waits
