"""What a code in an IDoc can mean for us, and what it usually means."""

from collections.abc import Mapping

ORDER_REFERENCE, ORDER_NUMBER, DELIVERY_DATE = "ORDER_REFERENCE", "ORDER_NUMBER", "DELIVERY_DATE"
SHIP_TO, SOLD_TO, PRODUCT = "SHIP_TO", "SOLD_TO", "PRODUCT"
WANTED, WITHDRAWN, GOODS_ISSUE, DELETED = "WANTED", "WITHDRAWN", "GOODS_ISSUE", "DELETED"
USUAL: Mapping[str, str] = {
    "E1EDK02/001": ORDER_REFERENCE,
    "E1EDK02/002": ORDER_NUMBER,
    "E1EDK03/002": DELIVERY_DATE,
    "E1EDKA1/WE": SHIP_TO,
    "E1EDKA1/AG": SOLD_TO,
    "E1ADRM1/AG": SOLD_TO,
    "E1EDPA1/WE": SHIP_TO,
    "E1EDP19/002": PRODUCT,
    # Of the whole (domain EDIF1225A): none, all reversed, changes in the header, in items, in both.
    "E1EDK01/000": WANTED,
    "E1EDK01/001": WITHDRAWN,
    "E1EDK01/002": WANTED,
    "E1EDK01/003": WANTED,
    "E1EDK01/004": WANTED,
    # Of an item: added, changed, cancelled, not changed.
    "E1EDP01/001": WANTED,
    "E1EDP01/002": WANTED,
    "E1EDP01/003": WITHDRAWN,
    "E1EDP01/004": WANTED,
    "E1EDL41/001": ORDER_REFERENCE,
    "E1EDT13/006": GOODS_ISSUE,
    "E1EDL18/DEL": DELETED,
}
MEANINGS = frozenset(USUAL.values())
