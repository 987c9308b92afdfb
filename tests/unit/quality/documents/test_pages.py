"""Pages: what they show, how they break, that their bytes repeat, and what hostile text does to them."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pypdfium2
import pytest

from services.quality.documents import (
    batch_record,
    certificate_of_analysis,
    consignment_note,
    dangerous_goods_declaration,
    label,
)
from services.quality.documents.facts import BatchStanding, DeviationFacts, DocumentHead, PartyFacts
from services.quality.documents.rendering.text import in_order, shown
from tests.unit.quality.documents.builders import (
    HEAD,
    MAKER,
    PRODUCT,
    QP,
    SANDBOX,
    a_batch,
    a_consignment,
    a_package,
    a_result,
    a_vial,
    at,
    number,
    page_texts,
    pictures,
    text_of,
)


def test_a_batch_record_shows_its_facts() -> None:
    text = text_of(batch_record(a_batch(signatures=(QP,)), HEAD).pdf.content)
    for part in (
        "LU26-1126/A", "Lutetium (¹⁷⁷Lu) dotaligand solution", "¹⁷⁶Lu(n,γ)¹⁷⁷Lu", "Müller & Søn Radiopharma",
        "Ångströmgatan 7, 75105 Uppsala", "runs/r-1", "line-2", "75120.50 MBq", "74000 MBq", "740.0 MBq/mL",
        "2026-11-26 05:00:00 UTC", "V-0001", "V-0002", "C-77", "10.0 mL", "99.10 %", "≥ 97.0 %", "≥ 4.5 and ≤ 7.0",
        "< 0.50 EU/mL", "< 17.5 EU/mL", "5.50", "Complies", "γ-spectrometry", "QC Uppsala", "lu-dota/4", "DEV-12",
        "Filter changed during filling", "2026-11-26 08:00:00 UTC", "SIGNER-7", "Qualified Person",
        "READY TO SHIP · not released for administration", "PENDING", "version 1", "DOC-0001", "Page 1 of",
    ):  # fmt: skip
        assert part in text, part
    assert "ab" * 32 in text.replace(" ", "")


def test_each_page_names_the_twin_it_belongs_to() -> None:
    document = batch_record(a_batch(), HEAD)
    for text in page_texts(document.pdf.content):
        assert document.twin.sha256 in text


def test_the_id_of_a_doses_paper_stands_on_each_page_in_full() -> None:
    """The longest that there is: of the kind with the longest name, and a slot."""
    head = replace(HEAD, document_id="dangerous_goods_declaration-01a215bf-4548-76e0-aad6-8c52c60f8e4a-1")
    for text in page_texts(dangerous_goods_declaration(a_consignment(), SANDBOX, head).pdf.content):
        assert head.document_id in text
        assert "version 1" in text


def test_unknown_facts_are_said_to_be_unknown() -> None:
    names = "calibrated_at activity_at_calibration volume concentration_at_calibration expires_at shelf_life_origin"
    nothing = dict.fromkeys(names.split())
    run = replace(
        a_batch().run,
        started_at=None,
        end_of_synthesis=None,
        pledged_activity=None,
        measured_activity=None,
        measured_volume=None,
    )
    product = replace(PRODUCT, dosage_form=None, specification=None, production_route=None)
    empty = a_batch(
        **nothing, run=run, product=product, manufacturer=replace(MAKER, address=None), results=(), vials=()
    )
    text = text_of(batch_record(empty, HEAD).pdf.content)
    assert text.count("not known") == 6 + 5 + 3 + 1
    assert "None" not in text
    assert "Vials (0)" in text
    vial = a_vial(container_id=None, slot_id=None, filled_at=None, volume=None, activity_at_calibration=None)
    result = a_result(method=None, laboratory=None, rule_version=None, measured_at=None, value=None)
    text = text_of(batch_record(replace(empty, vials=(vial,), results=(result,)), HEAD).pdf.content)
    assert text.count("not known") == 6 + 5 + 3 + 1 + 5 + 5


def test_an_open_deviation_is_open_and_a_rejection_has_its_reason() -> None:
    deviation = DeviationFacts("DEV-9", "Pump stopped")
    rejected = a_batch(standing=BatchStanding.REJECTED, rejection_reason="Purity", deviations=(deviation,))
    text = text_of(batch_record(rejected, HEAD).pdf.content)
    assert "Pump stopped open" in text
    assert "Reason of rejection Purity" in text
    unexplained = replace(rejected, rejection_reason=None)
    assert "Reason of rejection not known" in text_of(batch_record(unexplained, HEAD).pdf.content)


def test_many_rows_break_over_pages_with_headings_repeated_and_pages_counted() -> None:
    vials = tuple(a_vial(f"V-{count:04}") for count in range(200))
    texts = page_texts(batch_record(a_batch(vials=vials), HEAD).pdf.content)
    assert len(texts) > 3
    for count, text in enumerate(texts, 1):
        assert f"Page {count} of {len(texts)}" in text
        if "V-0" in text:
            assert "Container" in text
    serials = re.findall(r"V-0\d\d\d", " ".join(texts))
    assert serials == [vial.serial for vial in vials]


def test_a_heading_never_stands_alone_at_the_foot_of_a_page() -> None:
    for count in range(14, 32):
        vials = tuple(a_vial(f"V-{number:04}") for number in range(count))
        for text in page_texts(batch_record(a_batch(vials=vials), HEAD).pdf.content):
            last = text[: text.index("Issued")].strip().splitlines()[-1].strip()
            assert not last.startswith(("Tests", "Verdict", "Vials", "Signatures", "Deviations", "Standing at"))


def test_a_row_longer_than_a_page_goes_on_on_the_next() -> None:
    long = DeviationFacts("DEV-1", " ".join(f"word{count}" for count in range(3000)))
    document = batch_record(a_batch(deviations=(long,)), HEAD)
    text = text_of(document.pdf.content)
    assert "word0 " in text
    assert "word2999" in text


def test_the_same_facts_give_the_same_bytes_wherever_they_are_asked_for() -> None:
    mine = [batch_record(a_batch(), HEAD).pdf.sha256, certificate_of_analysis(a_batch(), HEAD).pdf.sha256]
    again = [batch_record(a_batch(), HEAD).pdf.sha256, certificate_of_analysis(a_batch(), HEAD).pdf.sha256]
    program = (
        "from services.quality.documents import *\n"
        "from tests.unit.quality.documents.builders import *\n"
        "print(certificate_of_analysis(a_batch(), HEAD).pdf.sha256, batch_record(a_batch(), HEAD).pdf.sha256)\n"
    )
    elsewhere = {**os.environ, "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "86400", "TZ": "Asia/Tokyo"}
    told = subprocess.run([sys.executable, "-c", program], env=elsewhere, capture_output=True, check=True, text=True)
    assert mine == again == told.stdout.split()[::-1]


def test_other_facts_give_other_bytes() -> None:
    first = batch_record(a_batch(), HEAD)
    assert batch_record(a_batch(lot="L2"), HEAD).pdf.sha256 != first.pdf.sha256
    assert batch_record(a_batch(), DocumentHead("DOC-0001", 1, at(26, 9, 31))).pdf.sha256 != first.pdf.sha256


def test_the_file_is_dated_by_its_issue_and_identified_by_its_twin() -> None:
    document = batch_record(a_batch(), HEAD)
    with pypdfium2.PdfDocument(document.pdf.content) as pdf:
        assert pdf.get_metadata_dict()["CreationDate"].startswith("D:20261126093000")
    half = document.twin.sha256[:32].encode()
    assert b"[<" + half + b"><" + half + b">]" in document.pdf.content


def test_all_fonts_are_embedded() -> None:
    for document in (batch_record(a_batch(), HEAD), label(a_batch(), a_vial(), "UTC", HEAD)):
        content = document.pdf.content
        fonts = re.findall(rb"/BaseFont /(\S+)", content)
        assert {font.split(b"+")[-1] for font in fonts} == {b"DejaVuSans", b"DejaVuSans-Bold"}
        assert content.count(b"/FontFile2") == 2


HOSTILE = {
    "control": ("a\x00b\x07c\x1b[31m", "a[U+0000]b[U+0007]c[U+001B][31m"),
    "direction": ("lot \u202e1-A\u2066", "lot [U+202E]1-A[U+2066]"),
    "invisible": ("a\u200bb\ufeffc", "a[U+200B]b[U+FEFF]c"),
    "no glyph": ("中 name", "[U+4E2D] name"),
    "half": ("a\ud800b", "a[U+D800]b"),
    "markup": ("<b>x</b> & </para> &amp;", "<b>x</b> & </para> &amp;"),
    "decomposed": ("E\u0301le\u0301onore", "Éléonore"),
    "tab": ("a\tb", "a b"),
}


@pytest.mark.parametrize("given", HOSTILE)
def test_what_no_page_can_show_is_shown_by_its_code(given: str) -> None:
    text, expected = HOSTILE[given]
    assert shown(text) == expected


@pytest.mark.parametrize("given", [name for name in HOSTILE if name != "half"])
def test_hostile_text_stands_on_the_page_and_unchanged_in_the_twin(given: str) -> None:
    text, expected = HOSTILE[given]
    document = batch_record(a_batch(manufacturer=PartyFacts("m", f"Maker {text}")), HEAD)
    assert f"Maker {expected}".replace(" ", "") in text_of(document.pdf.content).replace(" ", "")
    assert json.loads(document.twin.content)["batch"]["manufacturer"]["name"] == f"Maker {text}"


def test_a_new_line_is_one_and_a_windows_one_too() -> None:
    document = batch_record(a_batch(manufacturer=PartyFacts("m", "first\r\nsecond\nthird")), HEAD)
    (text, *_) = page_texts(document.pdf.content)
    assert "first\r\nsecond\r\nthird" in text
    assert "U+000D" not in text


def test_right_to_left_names_stand_in_their_order_with_brackets_mirrored() -> None:
    assert in_order("שלום (אב) 12") == "12 (בא) םולש"
    assert in_order("Clinique 12 (a)") == "Clinique 12 (a)"
    name = "מרכז רפואי שלום (ירושלים) " * 12
    document = consignment_note(a_consignment(consignee=PartyFacts("s", name)), a_batch(), HEAD)
    assert name.encode() in document.twin.content
    assert text_of(document.pdf.content).count("Custody") == 1


@pytest.mark.parametrize("name", ["N" * 500, "W" * 500, "Very long name " * 34, "é" * 500, "שלום " * 100, "ש" * 500])
def test_long_names_wrap_and_nothing_leaves_the_page(name: str) -> None:
    product = replace(PRODUCT, name=name)
    batch = a_batch(product=product, results=(a_result(name=name, method=name),), vials=(a_vial(name, slot_id=name),))
    for document in (
        batch_record(batch, HEAD),
        certificate_of_analysis(batch, HEAD),
        consignment_note(a_consignment(packages=(a_package(package_id=name),)), batch, HEAD),
    ):
        for picture in pictures(document.pdf.content, scale=1):
            box = picture.convert("L").point(lambda grey: 255 * (grey < 128)).getbbox()
            assert box is not None
            assert box[0] >= 45
            assert box[2] <= picture.width - 45
    text = text_of(batch_record(batch, HEAD).pdf.content)
    if name.isascii():
        assert text.replace(" ", "").count(name.replace(" ", "")) >= 1


def test_numbers_keep_the_digits_they_came_with() -> None:
    results = (
        a_result("a", value=number("1.0")),
        a_result("b", value=number("1.00")),
        a_result("c", value=number("1E+2")),
    )
    text = text_of(batch_record(a_batch(results=results), HEAD).pdf.content)
    for part in (" 1.0 %", " 1.00 %", " 100 %"):
        assert text.count(part) == 1
