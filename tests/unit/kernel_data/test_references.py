"""However a name is spelled, it has one key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.references import canonical, check_digit

SSCC = "https://id.gs1.org/00/106141412345678908"
ITEM = "https://id.gs1.org/01/10614141073464/21/2017"


@pytest.mark.parametrize(("name", "key"), [
    ("urn:epc:id:sscc:0614141.1234567890", SSCC),
    ("URN:EPC:ID:sscc:0614141.1234567890", SSCC),
    ("urn:epc:id:sscc:06141412.134567890", SSCC),  # another length of the company's prefix, the same number
    ("https://other.example/00/106141412345678908", SSCC),
    ("HTTP://Other.Example/parcels/00/106141412345678908/", SSCC),
    ("https://id.gs1.org/00/106141412345678908?linkType=gs1:defaultLink&4326=260101#x", SSCC),
    ("https://id.gs1.org/00/10614141234567890", SSCC),  # without its check digit
    ("(00)106141412345678908", SSCC),
    (f" {SSCC} ", SSCC),
    ("urn:epc:id:sgtin:0614141.107346.2017", ITEM),
    ("https://brand.example/p/01/10614141073464/21/2017?17=270101", ITEM),
    ("https://brand.example/01/10614141073464/21/2017/10/L%2F1", ITEM),  # the lot only describes it
    ("https://brand.example/01/10614141073464/22/2A/10/L%2F1/21/2017", ITEM),
    ("https://brand.example/01/10614141073464/22/2A/10/L%2F1", "https://id.gs1.org/01/10614141073464/10/L%2F1"),
    ("https://brand.example/01/10614141073464/22/2A", "https://id.gs1.org/01/10614141073464"),
    ("https://brand.example/01/10614141073464/235/t.1", "https://id.gs1.org/01/10614141073464/235/t.1"),
    ("urn:epc:id:upui:0614141.107346.t.1", "https://id.gs1.org/01/10614141073464/235/t.1"),
    ("urn:epc:id:itip:0614141.107346.01.02.400", "https://id.gs1.org/8006/106141410734640102/21/400"),
    ("https://brand.example/8006/106141410734640102/10/L1/21/400", "https://id.gs1.org/8006/106141410734640102/21/400"),
    ("urn:epc:id:cpi:0614141.5PQ7%2FZ43.12345", "https://id.gs1.org/8010/06141415PQ7%2FZ43/8011/12345"),
    ("https://brand.example/8010/06141415PQ7%2FZ43/8011/12345", "https://id.gs1.org/8010/06141415PQ7%2FZ43/8011/12345"),
    ("urn:epc:id:sgcn:4012345.67890.04711", "https://id.gs1.org/255/401234567890104711"),
    ("https://brand.example/01/614141999996", "https://id.gs1.org/01/00614141999996"),
    ("urn:epc:class:lgtin:4012345.012345.998877", "https://id.gs1.org/01/04012345123456/10/998877"),
    ("urn:epc:id:sgtin:0614141.107346.a%2Fb", "https://id.gs1.org/01/10614141073464/21/a%2Fb"),
    ("urn:epc:id:sgln:0614141.00777.0", "https://id.gs1.org/414/0614141007776"),
    ("urn:epc:id:sgln:0614141.00777.9", "https://id.gs1.org/414/0614141007776/254/9"),
    ("urn:epc:id:pgln:0614141.00777", "https://id.gs1.org/417/0614141007776"),
    ("urn:epc:id:giai:4000001.111", "https://id.gs1.org/8004/4000001111"),
    ("https://other.example/8004/4000001111", "https://id.gs1.org/8004/4000001111"),
    ("urn:epc:id:grai:0614141.12345.400", "https://id.gs1.org/8003/00614141123452400"),
    ("urn:epc:id:gdti:0614141.12345.400", "https://id.gs1.org/253/0614141123452400"),
    ("urn:epc:id:ginc:0614141.xyz47", "https://id.gs1.org/401/0614141xyz47"),
    ("urn:epc:id:gsin:0614141.123456789", "https://id.gs1.org/402/06141411234567890"),
    ("urn:epc:id:gsrn:0614141.1234567890", "https://id.gs1.org/8018/061414112345678902"),
    ("1Z 999 AA1 01 2345 6784", "1Z999AA10123456784"),
    ("1z999aa10123456784", "1Z999AA10123456784"),
    ("URN:UUID:0198F2C4-0000-7000-8000-00000000000A", "urn:uuid:0198f2c4-0000-7000-8000-00000000000a"),
    ("HTTPS://Cold.Example/Parcel/A?b", "https://cold.example/Parcel/A?b"),
    ("URN:Cold:Parcel", "urn:cold:Parcel"),
])  # fmt: skip
def test_one_thing_has_one_key(name: str, key: str) -> None:
    assert canonical(name) == key
    assert canonical(key) == key


@pytest.mark.parametrize("name", [
    "https://id.gs1.org/00/106141412345678909",  # the check digit is wrong
    "https://other.example/orders/00/12",
    "urn:epc:id:sscc:0614141.123456789",
    "urn:epc:id:sscc:061414１.1234567890",
    "urn:epc:id:sgtin:0614141.107346",
    "urn:epc:id:itip:0614141.107346.1.2.400",
    "urn:epc:id:cpi:0614141.5PQ7",
    "urn:epc:id:cpi:0614141.5PQ7%20.1",  # a blank is in no such name
    "urn:epc:id:gid:1.2.3",
    "urn:epc:idpat:sgtin:4012345.066666.*",
    "106141412345678908",
    "JD014600003000000000",
    "1Z999AA1012345678",
    "https://other.example/?00=106141412345678908",
    "ab:CD",
    "",
])  # fmt: skip
def test_a_name_of_no_known_kind_is_its_own_key(name: str) -> None:
    assert canonical(name) == name


@given(st.text(max_size=60) | st.from_regex(r"https?://[a-z]+/(00|01|414|8003)/[0-9]{12,18}(/(10|21|254)/.{1,9})?"))
def test_a_key_is_its_own_key(name: str) -> None:
    assert canonical(canonical(name)) == canonical(name)


@given(st.integers(0, 10**17 - 1), st.integers(6, 12))
def test_an_sscc_has_one_key_wherever_its_prefix_ends(number: int, length: int) -> None:
    digits = f"{number:017}"
    epc = f"urn:epc:id:sscc:{digits[1 : 1 + length]}.{digits[0]}{digits[1 + length :]}"
    assert canonical(epc) == canonical(f"https://x.example/00/{digits}{check_digit(digits)}?y")
