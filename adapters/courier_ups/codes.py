"""UPS's codes as milestones. The code decides, never the type: type D is also "loaded on the vehicle" and "photo"."""

from collections.abc import Mapping

from doselane.courier.v1.courier_pb2 import Milestone

Kind = Milestone.Kind

# "Status/Description Codes" of UPS's tracking appendix, by meaning. A request that was only made or answered, a
# changed address or an investigation that ended say nothing of where the package stands: OBSERVED.
_DESCRIPTION_CODES_OF_KIND: Mapping[Kind, str] = {
    # Announced or labelled; 44, 45 and 79 are "on the way to UPS", so not in UPS's hands yet.
    Kind.BOOKED: "3 44 45 77 79 80 157 166",
    # 167 to 169: dropped off by the customer at a store, a shop or an access point.
    Kind.COLLECTED: "38 160 167 168 169",
    # "On the way". The code does not say whether a scan was an arrival or a departure; it has left where it was.
    Kind.DEPARTED: "5 10 25 39 47 57 73 87 137 158 159 164 165",
    # At a place, waiting: warehouse, partner, agent, access point, ready for pick-up. Not in the receiver's hands.
    Kind.ARRIVED: "16 17 40 71 74 138 143 144 161",
    Kind.CUSTOMS_HELD: "12 58 92 123 124 125 126",
    Kind.CUSTOMS_CLEARED: "14 84 134",
    # 72 is "loaded on delivery vehicle", 78 "your driver is arriving soon".
    Kind.OUT_FOR_DELIVERY: "6 21 37 72 78 89 91 146 162",
    Kind.DELIVERED: "11 26",
    Kind.DELAYED: "19 32 46 48 49 51 52 53 55 86 90 115 132 136",
    # Attempts that failed, damage, loss, seizure, whatever waits for somebody to act, and a wish to send it back.
    Kind.EXCEPTION: """13 22 23 24 29 30 33 50 59 60 61 62 64 65 66 68 69 76 83 85 93 119 129 130 131 135 139 140 141
        145 147 149""",
    Kind.RETURNED: "34 35 36 67 81 118",
    Kind.CANCELLED: "7 43",
    Kind.OBSERVED: """18 20 27 28 41 42 54 56 63 70 75 82 94 95 96 97 98 99 100 101 102 103 104 105 106 107 108 109 110
        111 112 113 114 116 117 120 121 122 127 128 133 142 153 154 155""",
}
# These are in UPS's list and tell nobody what happened to the package; they stay unspecified and are reported.
# "Status not available", "test", "package information unavailable" (twice), "commercial inside release".
SAYS_NOTHING = frozenset({0, 88, 148, 156, 163})

KIND_OF_DESCRIPTION_CODE: Mapping[int, Kind] = {
    int(code): kind for kind, codes in _DESCRIPTION_CODES_OF_KIND.items() for code in codes.split()
}

# Activity codes of two digits are another list than the status codes above: what UPS calls the activity 11 is the
# status 013. As UPS's people gave them to its users; one that is not here stays unknown.
STATUS_OF_ACTIVITY: Mapping[str, int] = {"11": 13, "75": 5, "76": 21, "79": 13}

# The codes of two characters, as far as UPS's documents at hand name them: the appendix's lists of manifest codes and
# of updates, the examples of the Track Alert specification, and answers of Track that users published, where these
# codes stand beside the same status code every time (AR and DP: 005, OF: 072). The type is part of the key because UPS
# gives one code different meanings under different types.
KIND_OF_STATUS_CODE: Mapping[tuple[str, str], Kind] = {
    ("M", "DP"): Kind.BOOKED,
    ("M", "MP"): Kind.BOOKED,
    ("M", "RD"): Kind.BOOKED,
    ("MV", "VP"): Kind.CANCELLED,
    ("U", "PX"): Kind.OBSERVED,
    ("U", "UP"): Kind.OBSERVED,
    ("U", "UT"): Kind.OBSERVED,
    ("D", "PX"): Kind.OBSERVED,
    ("I", "AR"): Kind.DEPARTED,  # as 005: one event is one thing, whether its status code came along or not
    ("I", "DP"): Kind.DEPARTED,
    ("I", "OF"): Kind.OUT_FOR_DELIVERY,
    ("I", "OT"): Kind.OUT_FOR_DELIVERY,
    ("D", "OT"): Kind.OUT_FOR_DELIVERY,
    ("D", "FS"): Kind.DELIVERED,
    # Loaded on the vehicle, and attempted: both under type D, and no delivery whatever the words say.
    ("D", "OF"): Kind.OUT_FOR_DELIVERY,
    ("D", "3J"): Kind.EXCEPTION,
}

# Types that say by themselves what happened, for events that carry no code at all.
KIND_OF_TYPE: Mapping[str, Kind] = {"M": Kind.BOOKED, "MV": Kind.CANCELLED, "X": Kind.EXCEPTION}
