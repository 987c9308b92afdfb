"""Specifications at the door: proposed, foreseen, rehearsed, signed, replaced; and what their batches go by."""

import asyncio

import pytest
from doselane.quality.v1 import batch_pb2, specification_pb2

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from tests.integration.quality.conftest import SPECIFICATION, SPECIFICATIONS, Door
from tests.support.quality_news import a_produced_run, a_product, a_report, a_slot

NAME = "specifications/lu-ligand"
OWN = """  - test: taste
    class: AFTER_USE
    source: the tests
    presence: {}
introduces: [taste]
"""
State = specification_pb2.Specification.State
# Who of this database waits for a lock, of a row or another.
_WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"""


@pytest.fixture(autouse=True)
async def _product(door: Door) -> None:
    await door.hear(a_product())


async def sign(door: Door, proposed: specification_pb2.Specification, role: str = "assurance", **fields: str) -> object:
    given = {"name": NAME, "record_sha256": proposed.record_sha256, "request_id": str(uuid7()), **fields}
    request = specification_pb2.SignSpecificationRequest(**given)
    return await door.signer(role, SPECIFICATIONS).call("SignSpecification", request)


async def get(door: Door, version: int | None = None) -> specification_pb2.Specification:
    request = specification_pb2.GetSpecificationRequest(name=NAME, version=version)
    return await door.staff(SPECIFICATIONS).call("GetSpecification", request)  # type: ignore[no-any-return]


async def propose(door: Door, yaml: str, name: str = NAME, *, validate_only: bool = False) -> object:
    request = specification_pb2.ProposeSpecificationRequest(
        name=name, yaml=yaml, validate_only=validate_only, request_id=str(uuid7())
    )
    return await door.staff(SPECIFICATIONS).call("ProposeSpecification", request)


async def test_a_specification_is_proposed_and_in_force_once_it_is_signed(door: Door) -> None:
    proposed = await door.propose()
    assert (proposed.state, proposed.version) == (State.PROPOSED, 1)
    assert [each.test for each in proposed.tests] == ["appearance", "radiochemical_purity", "sterility"]
    signed = await sign(door, proposed)
    assert signed == await get(door)
    assert (signed.state, signed.signature.role) == (State.SIGNED, "quality.assurance")  # type: ignore[attr-defined]
    assert signed.signature.record_sha256 == proposed.record_sha256  # type: ignore[attr-defined]
    assert len(await door.published("specification.signed")) == 1


async def test_what_a_text_would_be_is_foreseen_and_nothing_is_proposed(door: Door) -> None:
    text = SPECIFICATION.format(version=1, purity="95")
    foreseen = await propose(door, text, validate_only=True)
    with pytest.raises(GatewayError) as refused:
        await get(door)
    assert refused.value.reason == "SPECIFICATION_UNKNOWN"
    assert (await propose(door, text)).record_sha256 == foreseen.record_sha256  # type: ignore[attr-defined]


async def test_a_proposed_version_is_replaced_by_the_next_proposal_and_a_signed_one_never(door: Door) -> None:
    first, second = await door.propose(), await door.propose(purity="96")
    assert (first.version, second.version) == (1, 1)
    assert first.record_sha256 != second.record_sha256
    with pytest.raises(GatewayError) as stale:
        await sign(door, first)
    assert stale.value.reason == "RECORD_CHANGED"
    await sign(door, second)
    with pytest.raises(GatewayError) as taken:
        await door.propose(version=1, purity="97")
    assert "yaml.version" in str(taken.value)
    assert (await get(door)).record_sha256 == second.record_sha256


async def test_the_newest_signed_version_is_in_force_and_older_ones_stay_readable(door: Door) -> None:
    await door.specify()
    await door.propose(2, "97")
    assert (await get(door)).version == 1
    await door.specify(2, "97")
    assert [(await get(door, version)).version for version in (None, 1, 2)] == [2, 1, 2]


async def test_a_version_that_changed_since_it_was_read_is_stale(door: Door) -> None:
    proposed = await door.propose()
    with pytest.raises(GatewayError) as stale:
        await sign(door, proposed, etag="of another version")
    assert stale.value.reason == "STALE"
    await sign(door, proposed, etag=proposed.etag)
    with pytest.raises(GatewayError) as nothing:
        await sign(door, proposed)
    assert nothing.value.reason == "NOTHING_PROPOSED"


async def test_of_two_who_sign_at_the_same_instant_one_signs(door: Door) -> None:
    """Both wait before the version is stored, so that each has looked while the other had not stored yet."""
    proposed = await door.propose()
    async with door.database.transaction() as conn:
        await conn.fetch("SELECT name FROM specification WHERE name = $1 FOR UPDATE", NAME)
        signers = [asyncio.create_task(sign(door, proposed)) for _ in range(2)]
        async with asyncio.timeout(30):
            while await door.database.pool.fetchval(_WAITING) < len(signers):
                await asyncio.sleep(0.01)
    ended = await asyncio.gather(*signers, return_exceptions=True)
    refused = [each for each in ended if isinstance(each, GatewayError)]
    assert [each.reason for each in refused] == ["NOTHING_PROPOSED"]
    signatures = "SELECT count(*) FROM signature WHERE record = $1"
    assert await door.database.pool.fetchval(signatures, NAME) == 1


@pytest.mark.parametrize("role", ["designated_person", "qualified_person"])
async def test_only_quality_assurance_signs_a_specification(door: Door, role: str) -> None:
    proposed = await door.propose()
    with pytest.raises(GatewayError) as refused:
        await sign(door, proposed, role)
    assert refused.value.reason == "SIGNER_ROLE_MISSING"
    assert (await get(door)).state == State.PROPOSED


async def test_a_text_for_an_unknown_product_or_of_an_unknown_test_is_refused(door: Door) -> None:
    text = SPECIFICATION.format(version=1, purity="95")
    with pytest.raises(GatewayError) as unknown:
        await propose(door, text.replace("products/lu-ligand", "products/lu-ligant"))
    assert (unknown.value.reason, unknown.value.facts["product"]) == ("PRODUCT_UNKNOWN", "products/lu-ligant")
    misspelt = text.replace("radiochemical_purity", "radiochemical_purty")
    with pytest.raises(GatewayError, match="is 'radiochemical_purity' meant"):
        await propose(door, misspelt)
    await propose(door, "introduces: [radiochemical_purty]" + misspelt, validate_only=True)
    with pytest.raises(GatewayError, match="no known test"):
        await propose(door, misspelt)


async def test_what_one_signed_specification_introduced_others_may_name(door: Door) -> None:
    await door.propose(more=OWN)
    with pytest.raises(GatewayError, match="'taste' is no known test"):
        await door.propose(more=OWN.replace("introduces: [taste]", ""))
    await door.specify(more=OWN)
    await door.propose(version=2, more=OWN.replace("introduces: [taste]", ""))


async def test_all_that_is_wrong_with_a_text_is_said_at_once(door: Door) -> None:
    text = SPECIFICATION.format(version=1, purity="ninety")
    wrong = text.replace("class: AFTER_USE", "class: SOMETIME").replace('    unit: "%"\n', "")
    with pytest.raises(GatewayError) as refused:
        await propose(door, wrong)
    said = str(refused.value)
    for part in ("at_least", "class"):
        assert part in said


async def test_a_text_is_proposed_under_its_own_name(door: Door) -> None:
    with pytest.raises(GatewayError) as refused:
        await propose(door, SPECIFICATION.format(version=1, purity="95"), "specifications/other")
    assert "yaml.specification" in str(refused.value)


async def test_a_batch_made_before_anything_was_signed_adopts_the_first_version_that_is(door: Door) -> None:
    await door.hear(a_product(), a_slot(), a_produced_run())
    batch = await door.batch()
    assert (batch.specification, list(batch.verdicts)) == ("", [])
    await door.specify()
    adopted = await door.batch()
    assert (adopted.specification, adopted.specification_version) == (NAME, 1)
    assert [each.test for each in adopted.verdicts] == ["appearance", "radiochemical_purity", "sterility"]
    await door.specify(2, "99.9")
    assert (await door.batch()).specification_version == 1


async def test_a_rehearsal_says_every_verdict_that_a_new_version_would_change_and_changes_none(door: Door) -> None:
    batch = await door.made()
    await door.hear(a_report("radiochemical_purity", "96", "%", f"{batch.name}/samples/1"))
    await door.propose(2, "97")
    request = specification_pb2.RehearseSpecificationRequest(name=NAME)
    rehearsed = await door.staff(SPECIFICATIONS).call("RehearseSpecification", request)
    assert (rehearsed.version, rehearsed.batches_judged) == (2, 1)
    changes = {each.subject: (each.before, each.after) for each in rehearsed.changes}
    assert changes["radiochemical_purity"] == (batch_pb2.Verdict.PASS, batch_pb2.Verdict.FAIL)
    assert {each.batch for each in rehearsed.changes} == {batch.name}
    assert (await door.batch()).verdicts[1].outcome == batch_pb2.Verdict.PASS


async def test_a_sponsor_sees_the_specifications_of_its_products_alone(door: Door) -> None:
    await door.specify()
    await door.hear(a_product())
    request = specification_pb2.ListSpecificationsRequest()
    own = await door.caller(service=SPECIFICATIONS).call("ListSpecifications", request)
    assert [(each.name, each.HasField("last_change")) for each in own.specifications] == [(NAME, False)]
    other = await door.caller("partners/harbor", service=SPECIFICATIONS).call("ListSpecifications", request)
    assert not other.specifications
