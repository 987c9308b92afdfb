"""Which versions of which consumers hold with which releases of ours, and whether a release may go out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from doselane.contracts.check import Compatibility, ContractReport, check_file
from doselane.contracts.releases import ReleaseDocuments

_WORDS = {
    Compatibility.COMPATIBLE: "holds",
    Compatibility.UNKNOWN: "holds, as far as documents say",
    Compatibility.BROKEN: "broken",
}
_HEAD = """\
# Consumers and releases

Made from the files in `pacts` and the released documents by `doselane contracts matrix`. A version of a consumer is
what its file says (`metadata.consumerVersion`, `consumer.version`, or what a broker has added), else `-`.

"""


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One contract of one version of a consumer, with what it comes to by release."""

    consumer: str
    consumer_version: str  # empty: not said
    file: Path
    reports: Mapping[str, ContractReport]


def matrix(files: Iterable[Path], releases: Sequence[ReleaseDocuments]) -> list[MatrixRow]:
    """Each contract against each release; raises PactUnreadable and OSError."""
    rows = []
    for file in sorted(files):
        reports = {each.version: check_file(file, each) for each in releases}
        pact = next(iter(reports.values())).pact
        rows.append(MatrixRow(pact.consumer, pact.consumer_version, file, reports))
    return sorted(rows, key=lambda row: (row.consumer, row.consumer_version, row.file.name))


def text_of(rows: Sequence[MatrixRow]) -> str:
    """The matrix as a page; the releases stand from old to new."""
    versions = list(dict.fromkeys(version for row in rows for version in row.reports))
    head = f"| consumer | version | {' | '.join(versions)} |\n|---|---|{'---|' * len(versions)}\n"
    lines = [
        f"| {row.consumer} | {row.consumer_version or '-'} | "
        f"{' | '.join(_WORDS[row.reports[version].compatibility] for version in versions)} |\n"
        for row in rows
    ]
    return _HEAD + head + "".join(lines)
