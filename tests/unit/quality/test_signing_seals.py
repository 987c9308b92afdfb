"""A stored signature shows when it, or the record that it was given for, was changed."""

import hashlib
import hmac
from dataclasses import fields, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.signing import (
    Finding,
    RecordNotCanonical,
    Signature,
    broken_links,
    record_sha256,
    seal,
    verify,
)
from services.quality.domain.signing import Meaning, Role
from tests.unit.quality.signers import HASH, KEY, RECORD, a_signature, sealed

KEYS = {"k1": KEY}


def test_the_hash_is_that_of_the_canonical_form():
    """The form of RFC 8785 written by hand: names sorted, no blanks, numbers as ECMAScript has them."""
    form = b'{"activity_mbq":7400.5,"closed":true,"name":"batches/b1","results":[{"test":"ph","value":"6.5"}]}'
    assert hashlib.sha256(form).hexdigest() == HASH
    assert record_sha256(dict(reversed(RECORD.items()))) == HASH


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, object(), {1: 2}, "\ud800", b"x"])
def test_a_record_that_has_no_canonical_form_has_no_hash(value):
    with pytest.raises(RecordNotCanonical):
        record_sha256({"value": value})


def test_what_nobody_changed_is_found_good():
    assert verify(sealed(), RECORD, KEYS) == ()


@pytest.mark.parametrize(
    "changed",
    [{"activity_mbq": 7400.4}, {"name": "batches/b2"}, {"results": []}, {"closed": 1}, {"more": None}],
)
def test_a_changed_record_is_found(changed):
    assert verify(sealed(), {**RECORD, **changed}, KEYS) == (Finding.RECORD_CHANGED,)


OTHER = {str: "other", Role: Role.DESIGNATED_PERSON, Meaning: Meaning.REJECTED}


@pytest.mark.parametrize("field", [each.name for each in fields(Signature)])
def test_a_change_of_any_field_is_found(field):
    good = sealed()
    value = getattr(good.signature, field)
    other = value + timedelta(microseconds=1) if isinstance(value, datetime) else OTHER[type(value)]
    changed = replace(good, signature=replace(good.signature, **{field: other}))
    assert Finding.SIGNATURE_CHANGED in verify(changed, RECORD, KEYS)


@pytest.mark.parametrize("changed", [{"previous": "x"}, {"seal": "0" * 64}, {"seal": ""}, {"seal": "é"}])
def test_a_change_of_the_seal_or_of_what_it_follows_is_found(changed):
    assert verify(replace(sealed(), **changed), RECORD, KEYS) == (Finding.SIGNATURE_CHANGED,)


def test_another_key_does_not_verify_and_an_unknown_one_is_said():
    assert verify(sealed(), RECORD, {"k1": b"x" * 32}) == (Finding.SIGNATURE_CHANGED,)
    assert verify(sealed(), RECORD, {"k2": KEY}) == (Finding.KEY_UNKNOWN,)
    relabelled = replace(sealed(), key_id="k2")
    assert verify(relabelled, RECORD, {"k1": KEY, "k2": KEY}) == (Finding.SIGNATURE_CHANGED,)


def test_a_hash_without_a_key_is_no_seal():
    """Whoever may write the table but has no key cannot make a row that verifies."""
    guessed = hmac.new(b"", HASH.encode(), hashlib.sha256).hexdigest()
    assert verify(replace(sealed(), seal=guessed), RECORD, KEYS) == (Finding.SIGNATURE_CHANGED,)


@pytest.mark.parametrize("size", [0, 31])
def test_a_short_key_seals_nothing(size):
    with pytest.raises(ValueError, match="32 bytes"):
        seal(a_signature(), "", "k1", b"k" * size)


def test_the_zone_in_which_an_instant_is_told_changes_nothing():
    good = sealed()
    elsewhere = good.signature.signed_at.astimezone(ZoneInfo("Australia/Perth"))
    assert verify(replace(good, signature=replace(good.signature, signed_at=elsewhere)), RECORD, KEYS) == ()


def a_chain(length: int):
    chain = [sealed()]
    while len(chain) < length:
        chain.append(sealed(chain[-1].seal, token_id=f"t-{len(chain)}"))
    return chain


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_signature_that_is_gone_is_found_where_the_next_one_follows_nothing(gone):
    chain = a_chain(4)
    assert broken_links(chain) == ()
    del chain[gone]
    assert broken_links(chain) == (gone,)


def test_signatures_in_another_order_are_found():
    first, second, third = a_chain(3)
    assert broken_links([second, first, third]) == (0, 1, 2)


def test_that_the_newest_is_gone_cannot_be_seen_without_a_copy_of_the_last_seal():
    assert broken_links(a_chain(4)[:3]) == ()


TEXT = st.text(max_size=20).filter(lambda text: text.isprintable())


@given(st.sampled_from(["record", "signer", "printed_name", "acr", "token_id", "session_id"]), TEXT)
def test_no_text_in_a_signature_can_be_another_unseen(field, text):
    good = sealed()
    changed = replace(good, signature=replace(good.signature, **{field: text}))
    found = verify(changed, RECORD, KEYS)
    assert found == (() if getattr(good.signature, field) == text else (Finding.SIGNATURE_CHANGED,))


@given(st.text(max_size=12), st.text(max_size=12))
def test_text_does_not_pass_from_one_field_into_the_next(left, right):
    first = sealed(token_id=left, session_id=right) if _sendable(left + right) else None
    if first is None:
        return
    moved = replace(first.signature, token_id=left + right, session_id="")
    assert (verify(replace(first, signature=moved), RECORD, KEYS) == ()) is (right == "")


def _sendable(text: str) -> bool:
    return not any(0xD800 <= ord(each) <= 0xDFFF for each in text)
