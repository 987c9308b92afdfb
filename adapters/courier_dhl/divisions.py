"""What the divisions of DHL call what happened, by their own codes. Each division has a list of its own.

The lists: `couriers/mydhl/status-codes.csv`, whose first column is the division. Divisions that are not here
(parcel-nl, parcel-pl, svb, and those without a list) are read by the unified word alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from doselane.courier.v1.courier_pb2 import Milestone

Kind = Milestone.Kind


@dataclass(frozen=True, slots=True)
class Division:
    """The codes of a division. A text of another form is words for people."""

    form: re.Pattern[str]
    kinds: Mapping[str, Kind]
    says_nothing: frozenset[str] = frozenset()  # codes of the list that tell nobody what happened


def _division(form: str, codes: Mapping[Kind, str], says_nothing: str = "") -> Division:
    kinds = {code: kind for kind, listed in codes.items() for code in listed.split()}
    return Division(re.compile(form), kinds, frozenset(says_nothing.split()))


_EXPRESS = _division(
    r"[A-Z]{2}|10[1-4]",
    {
        Kind.BOOKED: "104",
        Kind.COLLECTED: "PU SA",
        # TP and FD: handed to somebody else, who will not report; TR: from one facility to another.
        Kind.DEPARTED: "102 DF FD TP TR",
        # CC waits for the receiver to come.
        Kind.ARRIVED: "AF AR PL CC",
        Kind.CUSTOMS_HELD: "CD UD",
        Kind.CUSTOMS_CLEARED: "CR",
        Kind.OUT_FOR_DELIVERY: "WC",
        Kind.DELIVERED: "101 OK",
        Kind.DELAYED: "MD",
        # DD is delivered damaged, PD in part, CS closed without a delivery: somebody must look.
        Kind.EXCEPTION: "103 BA CA CM CS DD DS HP MC MS ND NH OH PD RD SS",
        Kind.RETURNED: "RT",
        # RR is said both when customs begin and when they let go; BN and BR tell of a broker.
        Kind.OBSERVED: "AD BN BR IC PY RR SC SM",
    },
)
_PARCEL_DE = _division(
    r"[A-Z]{2}",
    {
        Kind.BOOKED: "VA",
        Kind.COLLECTED: "AE ES",
        Kind.DEPARTED: "AA NB",
        Kind.ARRIVED: "EE LA ZF",  # ZF and LA: at an agency or a locker, not in the receiver's hands
        Kind.OUT_FOR_DELIVERY: "PO",
        Kind.DELIVERED: "ZU",
        Kind.EXCEPTION: "AN BV ZN",
        Kind.OBSERVED: "DD GT ZO",  # ZO: with customs, neither held nor let go
    },
)
# eCommerce Americas pushes these without the unified word.
_ECOMMERCE = _division(
    r"[0-9]{1,4}",
    {
        Kind.BOOKED: "109 128 129 132 150 235 238 400 445",
        Kind.COLLECTED: "100 115 130 211 461",
        Kind.DEPARTED: """51 110 113 114 120 399 402 456 464 478 479 480 481 482 518 523 525 530 531 532 534 535 538
            541 545 561 568 577 589 590 805""",
        # Processed at a place, or waiting there for the receiver or a carrier. 601 and 642 are delivered to somebody
        # who is to hand it on.
        Kind.ARRIVED: """50 104 116 125 155 156 200 360 361 365 431 441 447 454 462 463 468 469 470 472 473 477 483
            494 499 501 505 510 511 515 520 521 522 524 526 528 529 533 536 537 539 540 542 543 547 548 549 557 560
            562 565 566 567 570 575 576 579 585 599 601 642""",
        Kind.CUSTOMS_HELD: "240 443 448 453 506 507 508 588",
        Kind.CUSTOMS_CLEARED: "442 449 452 502",
        Kind.OUT_FOR_DELIVERY: "544 558 580 597 598",
        Kind.DELIVERED: "572 600 607 621",
        Kind.DELAYED: "135 450 581 592 593 609 616",
        # 606 and 652 to 659: left with a neighbour, on a porch, in a hall. A dose must be in somebody's hands.
        Kind.EXCEPTION: """107 134 162 229 242 312 358 503 513 546 550 551 552 553 554 555 556 563 564 571 573 583
            594 595 596 603 604 605 606 608 610 611 612 613 614 615 619 620 623 625 626 629 630 631 633 636 637 638
            639 640 641 644 650 651 652 653 654 655 656 657 658 659 665 670 671 683 686 689 690 691 693 700 710 720
            730 740 750 760 770 780 809 825 844""",
        Kind.RETURNED: """108 602 628 800 802 804 806 808 810 811 813 815 816 817 818 820 821 849 853 854 855 856
            857 858 859 860 862 863 864 880 881 882 883 884 885 886 887""",
        Kind.CANCELLED: "101",
        Kind.OBSERVED: """99 106 161 163 164 220 241 300 313 350 359 371 401 451 504 509 517 574 582 591 617 618 624
            627 632 807 867 868 869 870 871 872""",
    },
    says_nothing="680 699",  # "delivery status not updated"
)
_ECOMMERCE_EUROPE = _division(
    r"[0-9]{1,4}",
    {
        Kind.BOOKED: "1 254 367 368 369 370",
        Kind.COLLECTED: "2 3 4 5 6 7 8 9 14 15 16 17 226 228",
        Kind.DEPARTED: "20 23 26 29 32 231 235 237 365",
        # 43 to 46 and 302: with a shop, a locker or another carrier, though the unified word is "delivered".
        Kind.ARRIVED: """19 22 25 27 28 30 31 33 37 38 40 41 43 44 45 46 47 230 232 233 234 236 238 240 242 302 354
            355 356 377 378 379""",
        Kind.CUSTOMS_CLEARED: "130 133",
        Kind.OUT_FOR_DELIVERY: "42",
        Kind.DELIVERED: "63 64 65 66 67 68 69 70 71",
        Kind.DELAYED: "141 142 172 194 217 218 219 253 264 265 266 267 269",
        Kind.EXCEPTION: """72 73 74 75 76 77 78 79 80 81 82 83 85 86 87 88 89 90 91 92 93 94 95 96 97 98 154 156 159
            161 200 206 207 208 209 210 211 214 215 222 223 258 268 306 330 372 392 395""",
        Kind.RETURNED: "99 100 101 102 149 151 152 155 157 160 248 249 259 366",
        Kind.OBSERVED: "52 53 56 57 58 59 60 61 62 255 358 363 364 380",
    },
)
_ECOMMERCE_PPL = _division(
    r"[0-9]{3}",
    {
        Kind.BOOKED: "900",
        Kind.COLLECTED: "150",
        Kind.DEPARTED: "500",
        Kind.ARRIVED: "300 343 400",
        Kind.DELIVERED: "450",
        Kind.DELAYED: "460",
        Kind.EXCEPTION: "464 997",
        Kind.CANCELLED: "999",
    },
)
_FREIGHT = _division(
    r"[0-9]{1,3}-[0-9]{1,3}|ACT-[0-9]{1,3}",
    {
        Kind.BOOKED: "ACT-2 64-0 48-0 15-501 31-139",
        Kind.COLLECTED: "13-0",
        Kind.DEPARTED: "24-0 24-628",
        Kind.ARRIVED: "1-0 1-21 20-13 20-208 20-209",
        Kind.CUSTOMS_HELD: "20-126",
        Kind.CUSTOMS_CLEARED: "12-0",
        Kind.OUT_FOR_DELIVERY: "24-501",
        Kind.DELIVERED: "21-0 21-234 24-600",
        Kind.DELAYED: "20-266 20-354",
        Kind.EXCEPTION: """55-20 55-21 55-68 55-126 55-211 55-234 55-240 55-241 55-265 55-266 55-294 20-211 20-234
            20-270 20-296 21-23 21-600 56-211 56-241 56-284 56-292 56-611""",
        Kind.RETURNED: "56-222",
        Kind.CANCELLED: "7-0",
        Kind.OBSERVED: "31-140 361-139 361-140",
    },
)
_DGF = _division(
    r"[A-Z]+(?:_[A-Z]+)*",
    {
        Kind.BOOKED: "DATA_SUBMITTED",
        Kind.COLLECTED: "PICKUP_SUCCESSFUL",
        Kind.DEPARTED: "DEPARTED_FROM_ORIGIN_FACILITY DEPARTED",
        Kind.ARRIVED: """ARRIVED_AT_ORIGIN_FACILITY PROCESSED_AT_ORIGIN_FACILITY ARRIVED ARRIVED_AT_CUSTOMS
            ARRIVED_PROCESSED_AT_FACILITY""",
        Kind.CUSTOMS_HELD: "HELD_AT_CUSTOMS",
        Kind.CUSTOMS_CLEARED: "CLEARED_BY_CUSTOMS",
        Kind.OUT_FOR_DELIVERY: "OUT_FOR_DELIVERY",
        Kind.DELIVERED: "DELIVERED",
        Kind.EXCEPTION: "DELIVERY_EXCEPTION",
        Kind.OBSERVED: "READY_FOR_DEPARTURE",
    },
)

DIVISIONS: Mapping[str, Division] = {
    "express": _EXPRESS,
    "parcel-de": _PARCEL_DE,
    "ecommerce": _ECOMMERCE,
    "ecommerce-europe": _ECOMMERCE_EUROPE,
    "ecommerce-ppl": _ECOMMERCE_PPL,
    "freight": _FREIGHT,
    "dgf": _DGF,
}
