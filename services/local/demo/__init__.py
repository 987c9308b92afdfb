"""The demo day: planners, sponsors and couriers at work through the public doors, and a tally of what came of it."""

from services.local.demo.day import Tally, play

__all__ = ["Tally", "play"]
