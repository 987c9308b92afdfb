"""Planning's values as protobuf, what it publishes, and what it takes in from others."""

SOURCE = "doselane/planning"
TOPIC = "doselane.planning"
SLOTTING_TOPIC = "doselane.slotting"
