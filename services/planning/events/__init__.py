"""Planning's values as protobuf, what it publishes, and what it takes in from others."""

SOURCE = "doselane/planning"
TOPIC = "doselane.planning"
MASTERDATA_TOPIC = "doselane.masterdata"
SLOTTING_TOPIC = "doselane.slotting"
