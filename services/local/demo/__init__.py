"""The demo day: planners, sponsors and couriers at work through the public doors, and a tally of what came of it."""

from services.local.demo.playing import play
from services.local.demo.tally import Tally

__all__ = ["Tally", "play"]
