"""The commands for contracts. `check` and what stands on it need documents only; `verify` needs the gateway here."""

import importlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from doselane.contracts.check import Compatibility, ContractReport, check_file
from doselane.contracts.findings import ContractFinding, Gravity
from doselane.contracts.matrix import matrix as matrix_of
from doselane.contracts.matrix import text_of
from doselane.contracts.pact import PactUnreadable, read_pact
from doselane.contracts.releases import ReleaseDocuments, ReleaseUnreadable, history, release_at, released

HOLDS, BROKEN, USED_WRONGLY, NOT_KNOWN = 0, 1, 2, 3
PACTS = Path("contracts/pacts")
_EXITS = (
    "Exit codes: 0 all hold; 1 something does not hold; 2 used wrongly, or a file that is no contract; 3 nothing is"
    " broken, and something cannot be said."
)
_EXIT_OF = {Compatibility.COMPATIBLE: HOLDS, Compatibility.UNKNOWN: NOT_KNOWN, Compatibility.BROKEN: BROKEN}
_COLOURS = {Gravity.ERROR: "red", Gravity.UNKNOWN: "yellow", Gravity.WARNING: "cyan"}
_WORDS = {
    Compatibility.COMPATIBLE: "holds",
    Compatibility.UNKNOWN: "cannot be judged as a whole",
    Compatibility.BROKEN: "does not hold",
}
# Where the gateway is that a contract is played against; it is not imported, as whoever only checks has none.
_VERIFIER = "services.local.contracts.command"

AsJson = Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")]
Files = Annotated[list[Path], typer.Argument(help="Pact files (specifications 1 to 4).", show_default=False)]
Release = Annotated[
    Path | None,
    typer.Option("--release", help="Documents to compare with: a folder or zip file. Without it, the newest released."),
]
Candidate = Annotated[
    Path | None, typer.Option("--candidate", help="Documents of a release to come: what only it breaks is said, too.")
]

app = typer.Typer(
    help="Contracts: what a consumer relies on, as a Pact file.\n\n" + _EXITS,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command(epilog=_EXITS)
def check(
    context: typer.Context,
    files: Files,
    release: Release = None,
    candidate: Candidate = None,
    as_json: AsJson = False,
) -> None:
    """Compare contracts with OpenAPI, AsyncAPI and protos. Nothing is run, and nothing leaves the machine.

    Example: doselane contracts check pacts/northlake-doselane.json
    """
    with _faults_told(_json(context, as_json)):
        current, before, after = _releases(release, candidate)
    reports = _reports(files, current, before, after, as_json=_json(context, as_json))
    if _json(context, as_json):
        _write_json({"release": current.version, "contracts": [_told(each) for each in reports]})
    else:
        for each in reports:
            _show(Console(soft_wrap=True, highlight=False), each)
    raise typer.Exit(_exit_of(reports))


@app.command("can-i-deploy", epilog=_EXITS)
def can_i_deploy(
    context: typer.Context,
    pacts: Annotated[Path, typer.Option("--pacts", help="The folder of all consumers' contracts.")] = PACTS,
    release: Release = None,
    as_json: AsJson = False,
) -> None:
    """Say whether documents break a contract of any consumer. What no document describes is left to `verify`.

    Example: doselane contracts can-i-deploy --pacts contracts/pacts --release build/documents
    """
    files = sorted(pacts.glob("*.json"))
    if not files:
        raise typer.BadParameter(f"there is no contract in {pacts}", param_hint="--pacts")
    with _faults_told(_json(context, as_json)):
        current, before, _ = _releases(release, None)
    reports = _reports(files, current, before, as_json=_json(context, as_json))
    broken = [each for each in reports if each.compatibility is Compatibility.BROKEN]
    if _json(context, as_json):
        told = {"release": current.version, "deployable": not broken, "contracts": [_told(each) for each in reports]}
        _write_json(told)
    else:
        console = Console(soft_wrap=True, highlight=False)
        for each in broken:
            _show(console, each)
        left = sum(finding.gravity is Gravity.UNKNOWN for each in reports for finding in each.findings)
        words = f"{len(reports) - len(broken)} of {len(reports)} contracts hold with {current.version}"
        console.print(f"{words}; {left} interactions are for `verify` to judge." if left else f"{words}.", markup=False)
    raise typer.Exit(BROKEN if broken else HOLDS)


@app.command(epilog=_EXITS)
def matrix(
    context: typer.Context,
    pacts: Annotated[Path, typer.Option("--pacts", help="The folder of all consumers' contracts.")] = PACTS,
    write: Annotated[Path | None, typer.Option("--write", help="Write the page into this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare each version of each consumer with each release.

    Example: doselane contracts matrix --write contracts/matrix.md
    """
    files = sorted(pacts.glob("*.json"))
    if not files:
        raise typer.BadParameter(f"there is no contract in {pacts}", param_hint="--pacts")
    with _faults_told(_json(context, as_json)):
        rows = matrix_of(files, [*history(), released()])
    if write is not None:
        write.write_text(text_of(rows), encoding="utf-8")
    if _json(context, as_json):
        _write_json(
            [
                {
                    "consumer": row.consumer,
                    "consumerVersion": row.consumer_version or None,
                    "file": str(row.file),
                    "releases": {version: each.compatibility.value for version, each in row.reports.items()},
                }
                for row in rows
            ]
        )
    elif write is None:
        sys.stdout.write(text_of(rows))


@app.command(epilog=_EXITS)
def verify(context: typer.Context, files: Files, as_json: AsJson = False) -> None:
    """Play contracts against a whole gateway, started here for it. Offline; nothing remains on the machine.

    Example: doselane contracts verify pacts/northlake-doselane.json
    """
    for file in files:
        with _faults_told(_json(context, as_json), file):
            read_pact(file)
    verifier = _verifier()
    raise typer.Exit(verifier.verify_files(files, as_json=_json(context, as_json)))


@app.command(epilog=_EXITS)
def states(context: typer.Context, as_json: AsJson = False) -> None:
    """List the provider states that `verify` can bring about, with their parameters.

    Example: doselane contracts states
    """
    found: Sequence[dict[str, Any]] = _verifier().states()
    if _json(context, as_json):
        _write_json(found)
        return
    for each in found:
        sys.stdout.write(f"{each['name']}  ({', '.join(each['parameters'])})\n    {each['description']}\n")


def _releases(
    release: Path | None, candidate: Path | None
) -> tuple[ReleaseDocuments, Sequence[ReleaseDocuments], ReleaseDocuments | None]:
    current = release_at(release) if release else released()
    before = [*history(), released()] if release else history()
    return current, before, release_at(candidate) if candidate else None


def _verifier() -> Any:
    try:
        return importlib.import_module(_VERIFIER)
    except ImportError as missing:
        words = f"this needs the gateway and Pact's verifier: install doselane[verify] ({missing})"
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"error: {words}", style="red", markup=False)
        raise typer.Exit(USED_WRONGLY) from None


@contextmanager
def _faults_told(as_json: bool, what: Path | None = None) -> Iterator[None]:
    """Says what is wrong with a file or the documents, and ends."""
    try:
        yield
    except (PactUnreadable, ReleaseUnreadable, OSError) as fault:
        words = f"{what}: {fault}" if what else str(fault)
        if as_json:
            _write_json({"error": {"kind": "USED_WRONGLY", "message": words, "remedy": ""}})
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"error: {words}", style="red", markup=False)
        raise typer.Exit(USED_WRONGLY) from None


def _reports(
    files: Sequence[Path],
    current: ReleaseDocuments,
    before: Sequence[ReleaseDocuments] = (),
    after: ReleaseDocuments | None = None,
    *,
    as_json: bool,
) -> list[ContractReport]:
    found = []
    for file in files:
        with _faults_told(as_json, file):
            found.append(check_file(file, current, before, after))
    return found


def _exit_of(reports: Iterable[ContractReport]) -> int:
    found = {each.compatibility for each in reports}
    gravest = (Compatibility.BROKEN, Compatibility.UNKNOWN, Compatibility.COMPATIBLE)
    return _EXIT_OF[next(each for each in gravest if each in found)]


def _show(console: Console, report: ContractReport) -> None:
    pact = report.pact
    version = f" {pact.consumer_version}" if pact.consumer_version else ""
    head = f"{report.file}: {pact.consumer}{version}, {len(pact.interactions)} interactions, Pact {pact.specification}"
    console.print(head, markup=False, style="bold")
    for each in report.findings:
        where = " ".join(filter(None, (each.place, each.part, each.pointer)))
        said = f"{each.interaction}: " if each.interaction else ""
        console.print(f"  [{_COLOURS[each.gravity]}]{each.gravity}[/] {each.code} {escape(said + where)}")
        console.print(f"      {each.words}", markup=False)
        if each.release:
            console.print(f"      {each.release}", markup=False)
    style = "green" if report.compatibility is Compatibility.COMPATIBLE else "red"
    console.print(f"  {_WORDS[report.compatibility]} with {report.release}", style=style, markup=False)


def _told(report: ContractReport) -> dict[str, Any]:
    return {
        "file": str(report.file),
        "consumer": report.pact.consumer,
        "consumerVersion": report.pact.consumer_version or None,
        "specification": report.pact.specification,
        "interactions": len(report.pact.interactions),
        "compatibility": report.compatibility.value,
        "findings": [_told_finding(each) for each in report.findings],
    }


def _told_finding(finding: ContractFinding) -> dict[str, Any]:
    told = {
        "gravity": finding.gravity.value,
        "code": finding.code,
        "words": finding.words,
        "interaction": finding.interaction,
        "index": finding.number if finding.number >= 0 else None,
        "place": finding.place,
        "part": finding.part,
        "pointer": finding.pointer,
        "release": finding.release,
    }
    return {name: value for name, value in told.items() if value not in ("", None)}


def _json(context: typer.Context, said: bool) -> bool:
    return said or bool(getattr(context.obj, "as_json", False))


def _write_json(told: Any) -> None:
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
