"""What the model of the network reads of a product for filling and quality control."""

from datetime import timedelta

from doselane.masterdata.v1.resources_pb2 import Product
from doselane.type.v1 import type_pb2

from services.kernel.activity import LIFE_MAX
from services.network import DocumentKind, ShelfLifeOrigin
from services.network.reading import product_of
from tests.support.masterdata import a_product


def test_what_is_not_said_is_not_known_and_a_person_is_demanded() -> None:
    read = product_of(a_product())
    assert (read.concentration_mbq_per_ml, read.fill_volume_ul_min, read.fill_volume_ul_max) == (None, None, None)
    assert (read.assessed_before_dispatch, read.certified_by_qualified_person) == (True, True)
    assert (read.specification, read.package, read.required_documents) == ("", "", frozenset())
    assert (read.shelf_life_origin, read.shelf_life) == (ShelfLifeOrigin.END_OF_SYNTHESIS, timedelta(hours=72))


def test_what_is_said_is_read() -> None:
    read = product_of(
        a_product(
            activity_concentration_mbq_per_ml=1000,
            activity_reference_minutes=360,
            fill_volume_min_ul=7500,
            fill_volume_max_ul=12500,
            specification="specifications/psma",
            package="type-a-7l",
            dispatch_assessment_required=False,
            qualified_person_certifies=False,
            required_documents=[1, 2],
        )
    )
    assert (read.concentration_mbq_per_ml, read.reference_after) == (1000.0, timedelta(hours=6))
    assert (read.fill_volume_ul_min, read.fill_volume_ul_max) == (7500, 12500)
    assert (read.specification, read.package) == ("specifications/psma", "type-a-7l")
    assert (read.assessed_before_dispatch, read.certified_by_qualified_person) == (False, False)
    assert read.required_documents == {DocumentKind.BATCH_RECORD, DocumentKind.LABEL}


def test_a_shelf_life_is_told_from_the_end_of_synthesis_whatever_its_origin() -> None:
    for origin, hours in ((Product.END_OF_SYNTHESIS, 72), (Product.MANUFACTURE, 72), (3, 78)):
        read = product_of(a_product(shelf_life_origin=origin, activity_reference_minutes=360))
        assert (read.shelf_life, int(read.shelf_life_origin)) == (timedelta(hours=hours), origin)
    longest = a_product(shelf_life_origin=3, activity_reference_minutes=360, shelf_life_minutes=86_400)
    assert product_of(longest).shelf_life == LIFE_MAX


def test_the_words_of_the_model_are_those_of_the_protos() -> None:
    assert {f"DOCUMENT_KIND_{kind.name}": kind.value for kind in DocumentKind} == {
        name: number for name, number in type_pb2.DocumentKind.items() if number
    }
    assert {origin.name: origin.value for origin in ShelfLifeOrigin} == {
        name: number for name, number in Product.ShelfLifeOrigin.items() if number
    }
