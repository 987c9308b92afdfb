"""The label: what a reader reads from its picture is what the twin says."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from services.kernel.errors import Invalid
from services.quality.documents import DocumentKind, label, label_expiry
from tests.unit.quality.documents.builders import HEAD, PRODUCT, a_batch, a_vial, at, page_texts, pictures, text_of


def read(pdf: bytes) -> zxingcpp.Barcode:
    """The one symbol on the picture of the label."""
    (picture,) = pictures(pdf, scale=3)
    (found,) = zxingcpp.read_barcodes(picture)
    return found


def test_the_symbol_is_read_back_from_the_picture_as_gs1_datamatrix() -> None:
    document = label(a_batch(), a_vial(), "Europe/Vienna", HEAD)
    found = read(document.pdf.content)
    assert found.format == zxingcpp.BarcodeFormat.DataMatrix
    assert found.symbology_identifier == "]d2"
    assert found.content_type == zxingcpp.ContentType.GS1
    expected = "010950600013435221V-0001\x1d70032611291430\x1d10LU26-1126/A"
    assert found.bytes.decode() == expected
    assert json.loads(document.twin.content)["element_string"] == expected


def test_the_longest_lot_and_serial_fit_and_are_read_back() -> None:
    document = label(a_batch(lot="W" * 20), a_vial("M" * 20), "America/Argentina/Buenos_Aires", HEAD)
    assert read(document.pdf.content).bytes.decode().endswith("10" + "W" * 20)
    assert "M" * 20 in document.twin.content.decode()
    assert len(page_texts(document.pdf.content)) == 1


def test_every_character_of_set_82_is_read_back() -> None:
    characters = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    for start in range(0, len(characters), 20):
        lot = characters[start : start + 20]
        assert read(label(a_batch(lot=lot), a_vial(), "UTC", HEAD).pdf.content).bytes.decode().endswith(f"\x1d10{lot}")


def test_people_read_the_same_and_the_zone_beside_it() -> None:
    document = label(a_batch(), a_vial(), "Europe/Vienna", HEAD)
    text = text_of(document.pdf.content)
    for part in (
        "(01) 09506000134352",
        "(21) V-0001",
        "(7003) 2611291430",
        "(10) LU26-1126/A",
        "EXP 2026-11-29 14:30 Europe/Vienna (UTC+01:00)",
        "7400 MBq",
        "2026-11-27 12:00:00 UTC",
        "10.0 mL",
        "Intravenous",
        "Müller & Søn",
        "RADIOACTIVE",
    ):
        assert part in text
    twin = json.loads(document.twin.content)
    assert twin["batch"]["expires_at"] == "2026-11-29T13:30:00Z"
    assert twin["zone"] == "Europe/Vienna"
    assert (document.kind, document.subject) == (DocumentKind.LABEL, "V-0001")


def test_no_line_ends_between_an_identifier_and_its_value() -> None:
    """As on the label of a dose whose lot and serial are as long as the sandbox's are."""
    batch, vial = a_batch(lot="261201-0001"), a_vial(serial="261201-0001-01")
    page = pypdfium2.PdfDocument(label(batch, vial, "America/New_York", HEAD).pdf.content)[0]
    lines = page.get_textpage().get_text_range().splitlines()
    assert not [line for line in lines if re.search(r"\(\d+\)\s*$", line)]
    assert any(line.endswith("261201-0001") and "(10)" in line for line in lines)


def test_what_is_not_known_says_so() -> None:
    vial = a_vial(volume=None, activity_at_calibration=None, container_id=None)
    product = replace(PRODUCT, route_of_administration=None, storage=None)
    document = label(a_batch(product=product, calibrated_at=None), vial, "UTC", HEAD)
    assert text_of(document.pdf.content).count("not known") == 6
    assert "volume" not in json.loads(document.twin.content)["vial"]


def test_a_short_gtin_is_filled_with_zeros() -> None:
    document = label(a_batch(product=replace(PRODUCT, gtin="1234567890128")), a_vial(), "UTC", HEAD)
    assert read(document.pdf.content).bytes.decode().startswith("0101234567890128")


def test_the_expiry_is_never_later_than_the_truth() -> None:
    assert label_expiry(at(29, 13, 30) + timedelta(seconds=59), "UTC") == at(29, 13, 30)
    # On 25 October 2026 the hour from 02:00 comes twice in Vienna, at UTC+2 and at UTC+1.
    for hour, minute, expected in ((0, 0, "01:59"), (0, 59, "01:59"), (1, 30, "01:59"), (2, 0, "03:00")):
        expiry = label_expiry(datetime(2026, 10, 25, hour, minute, tzinfo=UTC), "Europe/Vienna")
        assert f"{expiry:%H:%M}" == expected
    spring = label_expiry(datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "Europe/Vienna")
    assert f"{spring:%H:%M %z}" == "03:00 +0200"


@pytest.mark.parametrize("zone", ["Nowhere/Land", "", "../etc", "\x00", "Europe"])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(Invalid, match="time zone"):
        label(a_batch(), a_vial(), zone, HEAD)


@pytest.mark.parametrize("expires_at", [None, HEAD.issued_at, at(25, 0), at(26, 10).replace(year=2077)])
def test_a_batch_without_a_future_expiry_has_no_label(expires_at: datetime | None) -> None:
    with pytest.raises(Invalid) as refusal:
        label(a_batch(expires_at=expires_at), a_vial(), "UTC", HEAD)
    assert refusal.value.facts["field"] == "expires_at"


@pytest.mark.parametrize(
    ("batch", "serial", "field"),
    [
        (a_batch(lot="LÜ-1"), "V-1", "ai.10"),
        (a_batch(), "V 1", "ai.21"),
        (a_batch(product=replace(PRODUCT, gtin="09506000134353")), "V-1", "ai.01"),
        (a_batch(product=replace(PRODUCT, gtin="")), "V\n1", "ai.21"),
    ],
)
def test_what_the_symbol_cannot_hold_is_refused(batch: object, serial: str, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        label(batch, a_vial(serial), "UTC", HEAD)  # type: ignore[arg-type]
    assert refusal.value.facts["field"] == field


def test_a_name_that_finds_no_room_is_refused_and_not_cut() -> None:
    with pytest.raises(Invalid, match="no room"):
        label(a_batch(product=replace(PRODUCT, name="Lutetium " * 55)), a_vial(), "UTC", HEAD)


def test_a_picture_without_its_symbol_is_not_read() -> None:
    (picture,) = pictures(label(a_batch(), a_vial(), "UTC", HEAD).pdf.content, scale=3)
    blank = Image.new(picture.mode, (picture.width // 3, picture.height // 2), "white")
    picture.paste(blank, (picture.width * 62 // 100, 10))
    assert zxingcpp.read_barcodes(picture) == []
