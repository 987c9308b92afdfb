"""A whole contract against what was released: what does not hold, where, and since which release."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from doselane.contracts.binary import descriptors_of
from doselane.contracts.calls import check_call
from doselane.contracts.events import check_event, check_plugins
from doselane.contracts.findings import ContractFinding, Gravity, error, has_errors, unknown, warning
from doselane.contracts.over_http import check_http
from doselane.contracts.pact import InteractionKind, PactFile, PactInteraction, read_pact
from doselane.contracts.releases import ReleaseDocuments

PROVIDER = "doselane"


class Compatibility(StrEnum):
    """What a comparison comes to."""

    COMPATIBLE = "COMPATIBLE"
    UNKNOWN = "UNKNOWN"  # nothing is broken, and something cannot be judged by documents
    BROKEN = "BROKEN"


@dataclass(frozen=True, slots=True)
class ContractReport:
    """What came of one contract."""

    file: Path
    pact: PactFile
    release: str  # against which it was compared
    findings: tuple[ContractFinding, ...]

    @property
    def compatibility(self) -> Compatibility:
        """The gravest finding decides; warnings break nothing."""
        gravities = {each.gravity for each in self.findings}
        if Gravity.ERROR in gravities:
            return Compatibility.BROKEN
        return Compatibility.UNKNOWN if Gravity.UNKNOWN in gravities else Compatibility.COMPATIBLE


def check_file(
    file: Path,
    current: ReleaseDocuments,
    before: Sequence[ReleaseDocuments] = (),
    after: ReleaseDocuments | None = None,
) -> ContractReport:
    """A contract's file against `current`; raises PactUnreadable and OSError.

    Of what does not hold it is said with which releases it did (`before`, the oldest first). `after` is a release that
    is not out yet: what only it breaks is said, too.
    """
    pact = read_pact(file)
    return ContractReport(file, pact, current.version, tuple(check_pact(pact, current, before, after)))


def check_pact(
    pact: PactFile, current: ReleaseDocuments, before: Sequence[ReleaseDocuments] = (),
    after: ReleaseDocuments | None = None,
) -> Iterator[ContractFinding]:  # fmt: skip
    """The same of a contract that was read."""
    found = list(_checked(pact, current))
    older = [(each.version, _errors(_checked(pact, each))) for each in before] if has_errors(found) else []
    for each in found:
        yield each.at(release=_since(each, current.version, older)) if each.gravity is Gravity.ERROR else each
    if after is not None:
        broken = _errors(found)
        for each in _errors(_checked(pact, after)):
            if not _covered(each, broken):
                yield each.at(release=f"holds with {current.version}, would break with {after.version}")


def _since(found: ContractFinding, current: str, older: Sequence[tuple[str, list[ContractFinding]]]) -> str:
    """In which releases the same place was in order, in words."""
    held = [index for index, (_, errors) in enumerate(older) if not _covered(found, errors)]
    if not held:
        return f"does not hold with {current}" + (f", nor with any release since {older[0][0]}" if older else "")
    last = held[-1]
    broke = older[last + 1][0] if last + 1 < len(older) else current
    return f"held with {older[last][0]}, broken since {broke}"


def _covered(found: ContractFinding, errors: Iterable[ContractFinding]) -> bool:
    """Whether there was something wrong at the same place, or with what holds it."""
    return any(
        each.number == found.number
        and (not each.pointer or (each.part == found.part and f"{found.pointer}/".startswith(f"{each.pointer}/")))
        for each in errors
    )


def _errors(found: Iterable[ContractFinding]) -> list[ContractFinding]:
    return [each for each in found if each.gravity is Gravity.ERROR]


def _checked(pact: PactFile, release: ReleaseDocuments) -> Iterator[ContractFinding]:
    if not pact.interactions:
        yield error("PINS_NOTHING", "the contract has no interactions, so it relies on nothing")
    if PROVIDER not in pact.provider.lower():
        words = f"the contract is with {pact.provider}; it is compared with {PROVIDER} all the same"
        yield warning("OTHER_PROVIDER", words)
    yield from check_plugins(pact.plugins)
    for number, interaction in enumerate(pact.interactions):
        for each in _of_interaction(pact, interaction, release):
            found = _of_pending(each) if interaction.pending else each
            yield found.at(interaction=interaction.description, number=number)


def _of_pending(found: ContractFinding) -> ContractFinding:
    """What does not hold of an interaction that is pending is told, and fails nobody's build."""
    if found.gravity is Gravity.WARNING:
        return found
    return found.at(gravity=Gravity.WARNING, words=f"{found.words} (it is pending, so it breaks nothing yet)")


def _of_interaction(
    pact: PactFile, interaction: PactInteraction, release: ReleaseDocuments
) -> Iterator[ContractFinding]:
    match interaction.kind:
        case InteractionKind.HTTP:
            yield from check_http(interaction, release.http)
        case InteractionKind.EVENT:
            noted = descriptors_of(pact, interaction)
            yield from check_event(interaction, release.events, release.protos, noted)
        case InteractionKind.CALL:
            yield from check_call(interaction, release.protos, descriptors_of(pact, interaction))
        case _:
            words = f"an interaction of the type {interaction.type!r} is not known here, so it is not judged"
            yield unknown("TYPE_UNKNOWN", words)
