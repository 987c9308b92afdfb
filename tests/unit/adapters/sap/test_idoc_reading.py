"""What IDocs state, and what hostile or broken ones are answered."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from doselane.slotting.v1.order_pb2 import DoseOrder

from adapters.erp_sap.idoc.frame import ELEMENTS_MAX, IdocFields, idocs_in
from adapters.erp_sap.settings import SHAPE, settings
from adapters.erp_sap.translate import IDOCS, SapReader
from adapters.host.mappings import mapping_of
from adapters.manifest import Incoming, Refused, Translation
from adapters.mapping import Mapped
from services.kernel.timestamps import instant
from tests.support.idocs import DELIVERY, ORDER, TERMS, body, control, enveloped

NOW = datetime(2026, 12, 1, 7, tzinfo=UTC)
SAMPLES = Path(__file__).parents[5] / "shared" / "interfaces" / "sap" / "samples"
TABLES = """\
tables:
  product: {LU177-DOSE: products/lu-ligand}
  partner: {"17100001": partners/northlake}
  site: {"17100001": sites/hillside, "17100002": sites/lakeside}
"""
OPTIONS: dict[str, Any] = {
    "site_zones": {"sites/lakeside": "America/Chicago"},
    "plant_zones": {"1010": "Europe/Berlin"},
    "administration": {"begin": "08:00", "end": "16:00"},
}


def read(
    said: str | bytes,
    kind: str = "text/xml",
    mapping: str = "",
    terms: dict[str, Any] | None = None,
    manufacturer: bool = False,
) -> Translation:
    account = mapping_of("m", f"version: 1\n{mapping or TABLES}", SHAPE).mapping
    options = settings({**OPTIONS, "idoc": {**TERMS, **(terms or {})}})
    given = said.encode() if isinstance(said, str) else said
    incoming = Incoming(IDOCS, given, {"content-type": kind}, NOW)
    return SapReader(Mapped(options, account, manufacturer)).translate(incoming)


def order(said: str = ORDER, **more: Any) -> Any:
    (fact,) = read(body((control(), said)), **more).facts
    return fact.said


def refused(said: str | bytes, **more: Any) -> Refused:
    with pytest.raises(Refused) as found:
        read(said, **more)
    return found.value


def test_an_order_in_the_manufacturers_own_system_is_its_sold_to_partys() -> None:
    assert (order(manufacturer=True).partner, order().partner) == ("partners/northlake", "")
    stranger = refused(body((control(), ORDER.replace("<PARTN>17100001", "<PARTN>17100003"))), manufacturer=True)
    assert (stranger.reason, "write a line for it into tables.partner" in stranger.detail) == ("WORD_UNKNOWN", True)
    nobody = refused(body((control(), ORDER.replace("<PARVW>AG", "<PARVW>ZZ"))), manufacturer=True)
    assert (nobody.reason, "sold-to party (E1EDKA1)" in nobody.detail) == ("FIELD_MISSING", True)


def test_an_order_is_wanted_in_the_hours_of_its_day_at_its_site() -> None:
    said = order()
    assert (said.order_reference, said.system_reference) == ("PO-7", "4500000017/000010")
    assert (said.state, said.product, said.site) == (DoseOrder.WANTED, "products/lu-ligand", "sites/lakeside")
    assert instant(said.administration_interval.start_time, "x") == datetime(2026, 12, 3, 14, tzinfo=UTC)
    assert instant(said.administration_interval.end_time, "x") == datetime(2026, 12, 3, 22, tzinfo=UTC)
    assert instant(said.state_time, "x") == datetime(2026, 12, 1, 5, 15, 30, tzinfo=UTC)
    assert not said.HasField("activity_mbq")
    assert said.patient_reference == ""


def test_codes_without_a_meaning_are_told_of_and_a_field_of_theirs_is_read_where_it_is_mapped() -> None:
    mapping = "fields: {idoc_item.patient_reference: Z1DOSE/PATIENT}\n" + TABLES
    found = read(body((control(), ORDER)), mapping=mapping)
    assert found.facts[0].said.patient_reference == "P-17"  # type: ignore[attr-defined]
    assert found.remark == "Codes without a meaning: E1EDK03/012, E1EDP19/001."


def test_an_account_gives_a_meaning_to_another_code() -> None:
    lines = TABLES + "  idoc_code: {E1EDK03/012: DELIVERY_DATE, E1EDK02/001: ORDER_NUMBER}\n"
    said = order(mapping=lines)
    assert instant(said.administration_interval.start_time, "x") == datetime(2026, 12, 1, 14, tzinfo=UTC)
    assert (said.order_reference, said.system_reference) == ("4500000017", "PO-7/000010")


@pytest.mark.parametrize(
    ("there", "instead", "state"),
    [
        ("<POSEX>", "<ACTION>003</ACTION><POSEX>", DoseOrder.WITHDRAWN),
        ("<POSEX>", "<ACTION>004</ACTION><POSEX>", DoseOrder.WANTED),
        ("<CURCY>", "<ACTION>000</ACTION><CURCY>", DoseOrder.WANTED),
        ("<CURCY>", "<ACTION>001</ACTION><CURCY>", DoseOrder.WITHDRAWN),
        ("<CURCY>", "<ACTION>003</ACTION><CURCY>", DoseOrder.WANTED),
        ("<CURCY>", "<ACTION>004</ACTION><CURCY>", DoseOrder.WANTED),
        ("<POSEX>", "<ABGRU>17</ABGRU><POSEX>", DoseOrder.WITHDRAWN),
        ("<POSEX>", "<ACTION>002</ACTION><POSEX>", DoseOrder.WANTED),
    ],
)
def test_a_change_wants_or_withdraws(there: str, instead: str, state: int) -> None:
    (fact,) = read(body((control("ORDCHG"), ORDER.replace(there, instead)))).facts
    assert fact.said.state == state  # type: ignore[attr-defined]


def test_an_order_that_is_reversed_as_a_whole_is_withdrawn_whatever_its_items_say() -> None:
    item = ORDER[ORDER.index("<E1EDP01") :]
    changed = ORDER.replace("<POSEX>", "<ACTION>002</ACTION><POSEX>").replace("<CURCY>", "<ACTION>001</ACTION><CURCY>")
    said = read(body((control("ORDCHG"), changed + item.replace("000010", "000020"))), terms={"items": "many"})
    assert [fact.said.state for fact in said.facts] == [DoseOrder.WITHDRAWN] * 2  # type: ignore[attr-defined]


def test_an_action_of_the_whole_that_nobody_has_explained_is_told() -> None:
    said = read(body((control("ORDCHG"), ORDER.replace("<CURCY>", "<ACTION>009</ACTION><CURCY>"))))
    assert "E1EDK01/009" in str(said)


def test_a_piece_has_several_codes() -> None:
    for unit in ("ST", "PCE", "C62", "H87", "EA"):
        assert not order(ORDER.replace("PCE", unit)).HasField("activity_mbq")


def test_an_order_of_an_activity_wants_it_in_any_unit() -> None:
    for quantity, unit in (("7.4", "GBQ"), ("7400", "4N"), ("200", "MCU")):
        said = order(ORDER.replace("1.000    ", quantity).replace("PCE", unit))
        assert said.activity_mbq == 7400, unit


def test_of_an_order_of_many_each_item_is_one_of_ours() -> None:
    item = ORDER[ORDER.index("<E1EDP01") :]
    second = item.replace("000010", "000020").replace("00000000", "20261210")
    facts = read(body((control(), ORDER + second)), terms={"items": "many"}).facts
    assert [each.said.order_reference for each in facts] == ["PO-7/10", "PO-7/20"]  # type: ignore[attr-defined]
    assert facts[1].said.administration_interval.start_time.ToDatetime(UTC).day == 10  # type: ignore[attr-defined]
    assert refused(body((control(), ORDER + second))).reason == "ITEMS_SEVERAL"


def test_a_delivery_is_known_by_the_units_that_hold_its_dose_and_by_those_that_hold_these() -> None:
    found = read(body((control("DESADV"), DELIVERY)))
    (fact,) = found.facts
    said: Any = fact.said
    assert (said.delivery, said.order_reference) == ("0080000301", "PO-7")
    assert said.partner == "partners/northlake"
    assert said.references == ["AWB-1", "340123450000000017", "340123450000000024"]
    assert instant(said.goods_issue_time, "x") == datetime(2026, 12, 2, 17, 5, tzinfo=UTC)
    assert "E1EDT13/019" in found.remark


def test_a_planned_goods_issue_is_none_and_a_deleted_delivery_says_nothing() -> None:
    planned = DELIVERY.replace("<ISDD>20261202</ISDD><ISDZ>180500</ISDZ>", "<ISDD>00000000</ISDD>")
    (fact,) = read(body((control("DESADV"), planned))).facts
    assert not fact.said.HasField("goods_issue_time")
    found = read(body((control("DESADV"), DELIVERY.replace("ORI", "DEL"))))
    assert (found.facts, found.remark[:16]) == ((), "0000000000000701")


def test_a_delivery_of_nobody_known_is_refused() -> None:
    assert refused(body((control("DESADV"), DELIVERY.replace(">AG<", ">RE<")))).reason == "FIELD_MISSING"
    found = refused(body((control("DESADV"), DELIVERY.replace("17100001", "4"))))
    assert (found.reason, found.place) == ("WORD_UNKNOWN", "/ORDERS05/0/E1EDL20/0/E1ADRM1/0/PARTNER_ID")


def test_the_time_of_a_plant_that_nobody_says_refuses_the_delivery() -> None:
    found = refused(body((control("SHPCON"), DELIVERY.replace("1010", "2020"))))
    assert (found.reason, found.place) == ("ZONE_UNKNOWN", "/ORDERS05/0/E1EDL20/0/E1EDT13/1/ISDZ")


def test_a_segment_is_known_without_its_attribute_and_wherever_it_stands() -> None:
    bare = body((control(), ORDER)).replace(' SEGMENT="1"', "")
    assert "SEGMENT" not in bare
    (fact,) = read(bare).facts
    lines = ORDER.splitlines()
    dates, head, item = lines[1:3], [lines[0], *lines[3:6]], lines[6:]
    assert all("E1EDK03" in each for each in dates)
    for shuffled in ([*dates[::-1], *head, *item], [*item, *head, *dates], [dates[1], *item, dates[0], *head[::-1]]):
        assert order("".join(shuffled)) == fact.said == order()


def test_one_wrong_idoc_keeps_none_of_the_others_out() -> None:
    wrong = ORDER.replace("LU177-DOSE", "NOBODYS")
    found = read(body((control(), ORDER), (control(number="702"), wrong), (control(number="703"), ORDER)))
    assert [each.index for each in found.facts] == [0, 2]
    assert {at: each.reason for at, each in found.refused.items()} == {1: "WORD_UNKNOWN"}
    assert found.proceeds
    assert "/ORDERS05/1/E1EDP01/0/E1EDP19/1/IDTNR" in found.remark


def test_an_idoc_that_comes_twice_is_one_fact_and_a_later_one_is_another() -> None:
    first, again, later = (read(body((control(number=number), ORDER))).facts[0] for number in ("1", "1", "2"))
    assert (first.key, first.content) == (again.key, again.content)
    assert first.key != later.key


@pytest.mark.parametrize(
    ("head", "reason", "place"),
    [
        ({"DIRECT": "2"}, "FIELD_NOT_VALID", "DIRECT"),
        ({"SNDPRN": "PRDCLNT100"}, "SENDER_UNKNOWN", "SNDPRN"),
        ({"DOCNUM": ""}, "FIELD_MISSING", "DOCNUM"),
        ({"CREDAT": "00000000"}, "FIELD_MISSING", "CREDAT"),
        ({"CREDAT": "20261025", "CRETIM": "023000"}, "TIME_AMBIGUOUS", "CRETIM"),
        ({"CREDAT": "2026-12-01"}, "FIELD_NOT_VALID", "CREDAT"),
        ({"MESTYP": "INVOIC"}, "MESSAGE_TYPE_UNKNOWN", "MESTYP"),
    ],
)
def test_a_control_record_that_is_not_of_the_accounts_system_is_refused(
    head: dict[str, str], reason: str, place: str
) -> None:
    found = refused(body((control(**head), ORDER)))
    assert (found.reason, found.place) == (reason, f"/ORDERS05/0/EDI_DC40/0/{place}")


def test_a_test_is_no_order() -> None:
    assert read(body((control(TEST="X"), ORDER))).facts == ()


@pytest.mark.parametrize(
    ("there", "instead", "reason"),
    [
        ("<MENGE>1.000    <", "<MENGE>2.000<", "FIELD_NOT_VALID"),
        ("<MENGE>1.000    <", "<MENGE>1.000-<", "FIELD_NOT_VALID"),
        ("<MENGE>1.000    <", "<MENGE>1,000<", "FIELD_NOT_VALID"),
        ("PCE", "KGM", "FIELD_NOT_VALID"),
        ("0017100002", "99", "WORD_UNKNOWN"),
        ("<QUALF>002", "<QUALF>003", "FIELD_MISSING"),
        ("<IDDAT>002", "<IDDAT>022", "FIELD_MISSING"),
        ("<DATUM>20261203", "<DATUM>20261331", "FIELD_NOT_VALID"),
        ("<POSEX>000010", "<POSEX>", "FIELD_MISSING"),
        ("<POSEX>", "<ACTION>009</ACTION><POSEX>", "WORD_UNKNOWN"),
        ("<E1EDP19 SEG", "<E1EDP20 SEGMENT='1'><EDATU>20261204</EDATU></E1EDP20><E1EDP19 SEG", "FIELD_NOT_VALID"),
        ("<CURCY>EUR", "<BELNR>1</BELNR><CURCY>EUR", "BODY_NOT_IDOC"),
    ],
)
def test_what_cannot_be_known_of_an_order_refuses_it(there: str, instead: str, reason: str) -> None:
    assert there in ORDER
    assert refused(body((control(), ORDER.replace(there, instead, 1)))).reason == reason


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\0",
        b"{}",
        b"<ORDERS05/>",
        b"<ORDERS05><IDOC>",
        b"<ORDERS05><OTHER/></ORDERS05>",
        b'<x xmlns="urn:x"><IDOC/></x>',
        b"<ORDERS05><IDOC><EDI_DC40 SEGMENT='1'><DOCNUM>&x;</DOCNUM></EDI_DC40></IDOC></ORDERS05>",
        (BOMB + body((control(), ORDER.replace("PO-7", "&b;")), declaration="")).encode(),
        (BOMB + body((control(), ORDER), declaration="")).encode("utf-16"),
        b"<a>" * 5000,
        b"<!-- x --><ORDERS05><IDOC>" + b"<a/>" * 400_000 + b"</IDOC></ORDERS05>",
        body((control(), ORDER)).encode().replace(b"EUR", b"\xff\xfe\xfd"),
        body((control(), ORDER), declaration='<?xml version="1.0" encoding="utf-7"?>').encode(),
        body((control(), ORDER), declaration='<?xml version="1.0" encoding="base64"?>').encode(),
    ],
)
def test_hostile_and_broken_bodies_are_refused_with_words(said: bytes) -> None:
    found = refused(said)
    assert found.reason in ("BODY_NOT_IDOC", "FIELD_MISSING")
    assert found.detail


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("iso-8859-1", "ISO-8859-1")],
)
def test_a_body_is_read_in_the_encoding_that_it_has(encoding: str, declared: str) -> None:
    umlaut = ORDER.replace("OURS-1", "Präparat")
    said = body((control(), umlaut), declaration=f'<?xml version="1.0" encoding="{declared}"?>').encode(encoding)
    (idoc,) = idocs_in(said, "text/xml")
    assert [each.fields.text("IDTNR") for each in idoc.all() if each.name == "E1EDP19"] == ["Präparat", "LU177-DOSE"]
    assert len(read(said).facts) == 1


@pytest.mark.parametrize(
    "envelope", ["http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"]
)
def test_an_envelope_of_soap_says_what_is_in_it(envelope: str) -> None:
    plain, wrapped = body((control(), ORDER)), enveloped(body((control(), ORDER)), envelope)
    assert idocs_in(wrapped.encode(), "text/xml") == idocs_in(plain.encode(), "text/xml")


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("<e:Header/><e:Body>", "<e:Header/><e:Body/><e:Body>"),
        ("<e:Body>", "<e:Body><e:other/>"),
        ("schemas.xmlsoap.org", "example.org"),
        ("idoc:soap:messages", "idoc:soap:others"),
        ("<IDOC BEGIN", "<IDOC xmlns='urn:other' BEGIN"),
    ],
)
def test_an_envelope_that_does_not_hold_one_message_of_saps_is_refused(there: str, instead: str) -> None:
    said = enveloped(body((control(), ORDER)))
    assert there in said
    assert refused(said.replace(there, instead, 1)).reason == "BODY_NOT_IDOC"


def test_a_content_type_goes_before_the_declaration() -> None:
    said = body((control(), ORDER), declaration='<?xml version="1.0" encoding="iso-8859-1"?>')
    assert (
        idocs_in(said.replace("EUR", "é").encode(), "text/xml; charset=utf-8")[0].each("E1EDK01")[0].values["CURCY"]
        == "é"
    )


def test_a_minus_may_stand_behind_its_number() -> None:
    assert IdocFields({"MENGE": "5.000-"}, "").decimal("MENGE") == Decimal("-5.000")
    with pytest.raises(Refused):
        IdocFields({"MENGE": "-5-"}, "").decimal("MENGE")


def test_a_body_of_too_many_elements_is_not_even_parsed() -> None:
    for marks, status in ((2 * ELEMENTS_MAX, 400), (2 * ELEMENTS_MAX + 1, 413)):
        found = refused("<" * marks)
        assert (found.reason, found.status) == ("BODY_NOT_IDOC", status)


def test_of_many_that_are_refused_three_are_told() -> None:
    wrong = [(control("INVOIC", f"{number:016}"), ORDER) for number in range(1, 5)]
    found = read(body((control(), ORDER), *wrong))
    assert (len(found.facts), len(found.refused)) == (1, 4)
    told = [each.words for each in found.refused.values()]
    assert found.remark.startswith(" ".join([*told[:3], "Codes without a meaning:"]))


def test_an_account_without_terms_reads_none() -> None:
    account = mapping_of("m", f"version: 1\n{TABLES}", SHAPE).mapping
    reader = SapReader(Mapped(settings(OPTIONS), account))
    with pytest.raises(Refused) as found:
        reader.translate(Incoming(IDOCS, body((control(), ORDER)).encode(), {}, NOW))
    assert found.value.reason == "IDOCS_NOT_READ"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not at hand")
def test_the_samples_are_read() -> None:
    delivery = (SAMPLES / "DELVRY07.xml").read_bytes().replace(b"1710<", b"1010<")
    with_sponsor = b"<E1ADRM1 SEGMENT='1'><PARTNER_Q>AG</PARTNER_Q><PARTNER_ID>17100001</PARTNER_ID></E1ADRM1>"
    delivery = delivery.replace(b"<E1ADRM1", with_sponsor + b"<E1ADRM1", 1)
    (fact,) = read(delivery).facts
    said: Any = fact.said
    assert (said.order_reference, said.references) == ("DL-1", ["AWB-1", "000000000000000001"])
    into = (SAMPLES / "ORDERS05.xml").read_bytes()
    assert refused(into).place.endswith("/DIRECT")
    out_of = (
        into.replace(b"<DIRECT>2", b"<DIRECT>1")
        .replace(b"<DOCNUM></DOCNUM>", b"<DOCNUM>0000000000000702</DOCNUM>")
        .replace(b"<SNDPRN>DOSELANE", b"<SNDPRN>TSTCLNT100")
    )
    (fact,) = read(out_of).facts
    assert fact.said.order_reference == "DL-1"  # type: ignore[attr-defined]
