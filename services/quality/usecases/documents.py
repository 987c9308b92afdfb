"""Issuing documents from what is known at an instant, and reading them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.provenance import Provenance
from services.quality import events
from services.quality.documents import (
    IssuedDocument,
    Rendition,
    SealingKey,
    batch_record,
    certificate_of_analysis,
    consignment_note,
    dangerous_goods_declaration,
    label,
    seal_pdf,
)
from services.quality.documents.facts import DocumentHead
from services.quality.domain import refusals
from services.quality.domain.batch import Batch
from services.quality.domain.documents import OF_A_DOSE, DocumentVersion
from services.quality.domain.vials import Vial
from services.quality.store import Store, Unit
from services.quality.store import documents as stored
from services.quality.usecases.batches import Work
from services.quality.usecases.document_facts import (
    Dossier,
    PackageAsked,
    batch_facts,
    consignment_facts,
    told_to_sponsors,
    vial_facts,
)
from services.quality.usecases.judging import follow
from services.quality.usecases.reading import visible_document


@dataclass(frozen=True, slots=True)
class Publisher:
    """What documents need beside the facts of a batch: the key that seals their pages; None: they are not sealed."""

    seal: SealingKey | None = None

    def publish(
        self, kind: str, dossier: Dossier, vial: Vial | None, package: PackageAsked, head: DocumentHead
    ) -> IssuedDocument:
        """A document, sealed. It takes tenths of a second, so it belongs into a thread."""
        made = self.render(kind, dossier, vial, package, head)
        if self.seal is None:
            return made
        sealed = asyncio.run(seal_pdf(made.pdf.content, self.seal, f"Issued as {head.document_id}", head.issued_at))
        return replace(made, pdf=Rendition(made.pdf.media_type, sealed))

    def render(
        self, kind: str, dossier: Dossier, vial: Vial | None, package: PackageAsked, head: DocumentHead
    ) -> IssuedDocument:
        """A document of one kind; about a dose where there is a vial."""
        facts = batch_facts(dossier)
        if kind == "BATCH_RECORD":
            return batch_record(facts, head)
        facts = told_to_sponsors(facts)
        if vial is None:
            return certificate_of_analysis(facts, head)
        if kind == "LABEL":
            return label(facts, vial_facts(dossier, vial), dossier.zone_of(vial.site), head)
        consignment = consignment_facts(dossier, vial, package)
        if kind == "CONSIGNMENT_NOTE":
            return consignment_note(consignment, facts, head)
        return dangerous_goods_declaration(consignment, dossier.edition, head)


def issuing(
    kind: str, slot: str, package: PackageAsked, publisher: Publisher, render: Callable[[DocumentVersion], bytes]
) -> Work:
    """Issues the next version of a document."""

    async def work(unit: Unit, batch: Batch, by: Provenance) -> bytes:
        dossier = await Dossier.of(unit, batch)
        vial = _vial(dossier, kind, slot)
        version = await stored.next_version(unit.conn, batch.name, kind, slot)
        draft = DocumentVersion(batch.name, kind, slot, version, by.at, "", "", "")
        head = DocumentHead(draft.name.rpartition("/")[2], version, by.at)
        made = await asyncio.to_thread(publisher.publish, kind, dossier, vial, package, head)
        twin = made.fhir or made.twin
        document = DocumentVersion(
            batch.name, kind, slot, version, by.at, made.pdf.sha256, twin.sha256, twin.media_type
        )
        await stored.put_document(unit.conn, document, made.pdf.content, twin.content)
        audience = [
            each
            for each in await unit.audience(batch)
            if visible_document(kind, slot, {slot} if vial and vial.partner == each else set())
        ]
        await outbox.append(unit.conn, [events.document_event(document, audience, by, unit.traceparent)])
        await follow(unit, batch, by)
        return render(document)

    return work


async def content(
    store: Store, conn: Connection, name: str, viewer: str | None
) -> tuple[DocumentVersion, bytes, bytes]:
    """A document with its PDF and its twin, if the viewer may see it."""
    batch = await store.batch(conn, name.partition("/documents/")[0], viewer)
    found = await stored.content(conn, name)
    if found is None or not await _may_see(Unit(conn), batch, found[0], viewer):
        raise refusals.DocumentUnknown("There is no such document.", document=name)
    return found


async def _may_see(unit: Unit, batch: Batch, document: DocumentVersion, viewer: str | None) -> bool:
    if viewer is None:
        return True
    own = {vial.slot for vial in await unit.vials(batch.name) if vial.partner == viewer}
    return visible_document(document.kind, document.slot, own)


def _vial(dossier: Dossier, kind: str, slot: str) -> Vial | None:
    if kind not in OF_A_DOSE:
        if slot:
            raise refusals.DocumentSubject(f"A {kind} is about the batch, not about a slot.", field="slot", kind=kind)
        return None
    vial = next((each for each in dossier.vials if each.slot == slot and not each.surplus), None)
    if vial is None:
        raise refusals.DocumentSubject(f"A {kind} is about a filled vial; name its slot.", field="slot", kind=kind)
    return vial
