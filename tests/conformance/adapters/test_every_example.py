"""What the owners of couriers' and laboratories' systems published is played somewhere, file by file; nothing is left

out without a reason.
"""

from pathlib import Path

import pytest

from tests.support.interfaces import FOLDER, interface

ROOT = Path(__file__).resolve().parents[3]
HERE = "tests/conformance/adapters"
# By file, or folder of examples: the test that takes each example, or refuses it with its reason.
PLAYED = {
    "couriers/dhl/response-not-found.json": f"{HERE}/test_dhl_samples.py",
    "couriers/dhl/response-tracking.json": f"{HERE}/test_dhl_samples.py",
    "couriers/dhl/sample-tracking-response.json": f"{HERE}/test_dhl_samples.py",
    "couriers/dhl/ecommerce-americas-push.md": f"{HERE}/test_dhl_samples.py",
    "couriers/dhl/unified-push.md": f"{HERE}/test_dhl_samples.py",
    "couriers/dhl/unified-tracking-notes.md": f"{HERE}/test_dhl_samples.py",
    "couriers/fedex/Tracking-Status-Codes.html": f"{HERE}/test_fedex_models.py",
    "couriers/fedex/track.openapi.json": f"{HERE}/test_fedex_models.py",
    "couriers/mydhl/dpdhl-express-api-3.1.1_swagger.yaml": f"{HERE}/test_mydhl_samples.py",
    "couriers/mydhl/status-codes.csv": f"{HERE}/test_mydhl_samples.py",
    "couriers/ups/DeliveryIntercept.yaml": f"{HERE}/test_ups_examples.py",
    "couriers/ups/Tracking-status-description-codes.html": f"{HERE}/test_ups_models.py",
    "couriers/ups/UPSTrackAlert.yaml": f"{HERE}/test_real_pushes.py",
    "couriers/ups/response-auth-error.json": f"{HERE}/test_ups_examples.py",
    "couriers/ups/response-invalid-number.json": f"{HERE}/test_ups_examples.py",
    "couriers/ups/response-not-found.json": f"{HERE}/test_ups_examples.py",
    "couriers/ups/response-tracking.json": f"{HERE}/test_ups_examples.py",
    "lims/allotrope/radio-hplc-synthetic.asm.json": f"{HERE}/test_allotrope_samples.py",
    "lims/allotrope/unicorn_1.json": f"{HERE}/test_allotrope_samples.py",
    "lims/allotrope/unicorn_single_uv.json": f"{HERE}/test_allotrope_samples.py",
    "standards/epcis/EPCIS-JSON-Schema.json": f"{HERE}/test_epcis_models.py",
    "standards/epcis/examples": f"{HERE}/test_real_pushes.py",
    "standards/epcis/openapi.yaml": f"{HERE}/test_real_pushes.py",
    "standards/one-record/examples": "tests/unit/adapters/onerecord/test_notifications.py",
}
# By file: why nothing of it is played.
NOT_PLAYED = {
    "couriers/fedex/push.md": "notes, without a payload: the pushes of the tests are written after them",
    "couriers/mydhl/tracking-notes.md": "notes",
    "couriers/smartkargo/openapi.yaml": "no adapter speaks to it: air cargo comes by ONE Record",
    "couriers/ups/DangerousGoods.yaml": "a carrier's rules, which nothing here asks for",
    "couriers/ups/LICENSE": "a licence",
    "couriers/ups/OAuthClientCredentials.yaml": "tokens are granted as RFC 6749 has it",
    "couriers/ups/Tracking-manifest-codes.html": "codes of two characters: `codes.py` names those that it takes",
    "couriers/ups/Tracking-package-activity-types.html": "types, which decide nothing where there is a code",
    "couriers/ups/Tracking-updates.html": "codes of two characters: `codes.py` names those that it takes",
    "couriers/ups/Tracking.yaml": "its answers are the files beside it",
    "couriers/ups/track-notes.md": "notes",
    "lims/allotrope-hplc.md": "notes",
    "lims/allotrope/LICENSE": "a licence",
    "lims/limsml.md": "notes, without a payload; the twin is written after them",
    "lims/senaite-jsonapi.md": "notes, without a payload; the twin is written after them",
    "lims/starlims-generic-services.md": "no adapter speaks to it",
    "standards/epcis/CBV.jsonld": "the vocabulary's names stand in the adapter's tables",
    "standards/epcis/epcis-context-root.jsonld": "a context, which is never fetched",
    "standards/one-record/ONE-Record-API-OpenAPI.yaml": "its examples are the folder beside it",
}
FOLDERS = ("couriers", "lims", "standards/epcis", "standards/one-record")


def test_every_file_of_couriers_and_laboratories_is_played_or_says_why_not() -> None:
    there = {
        path.relative_to(FOLDER)
        for folder in FOLDERS
        for path in interface(folder).rglob("*")
        if path.is_file()
    }  # fmt: skip
    known = {Path(name) for name in (*PLAYED, *NOT_PLAYED)}
    assert not {path for path in there if not known & {path, *path.parents}}
    assert not {name for name in known if not (FOLDER / name).exists()}
    assert not PLAYED.keys() & NOT_PLAYED.keys()


@pytest.mark.parametrize("name", PLAYED)
def test_the_test_that_plays_a_file_names_it(name: str) -> None:
    source = (ROOT / PLAYED[name]).read_text("utf-8")
    assert name.rpartition("/")[2] in source or Path(name).stem in source
