"""What was found, as people read it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

Told = Mapping[str, Any]
_COLOURS = {"ERROR": "red", "WARNING": "yellow", "NOTE": "cyan"}
_ORDER = ("ERROR", "WARNING", "NOTE")


def show_report(console: Console, report: Told, *, samples: bool) -> None:
    """A report: a table an area, the gravest first, and what would be sent."""
    findings: Sequence[Told] = report.get("findings") or ()
    name, adapter, at = (str(report.get(each, "")) for each in ("name", "adapter", "checkTime"))
    whose = f" of {report['partner']}" if report.get("partner") else ""
    console.print(escape(f"{name}{whose} ({adapter}), checked at {at}"), highlight=False)
    for area in dict.fromkeys(str(each.get("area")) for each in findings):
        console.print(_area(area, [each for each in findings if str(each.get("area")) == area]))
    if samples:
        _show_samples(console, report.get("samples") or ())
    counts = [f"{sum(each.get('severity') == kind for each in findings)} {kind}" for kind in _ORDER]
    told = "ready" if report.get("ready") else "not ready"
    console.print(f"{told}: {', '.join(counts)}", style="green" if report.get("ready") else "red", highlight=False)


def _area(area: str, findings: Sequence[Told]) -> Table:
    table = Table("", "where", "what was found", "what to do", title=area, title_justify="left", show_lines=True)
    for each in sorted(findings, key=lambda finding: _ORDER.index(finding.get("severity", "NOTE"))):
        severity = str(each.get("severity"))
        where = "\n".join(str(each[part]) for part in ("systemPlace", "ourName", "mappingPlace") if each.get(part))
        cells = (where, str(each.get("detail", "")), str(each.get("remedy", "")))
        table.add_row(f"[{_COLOURS.get(severity, 'white')}]{escape(severity)}[/]", *map(escape, cells))
    return table


def _show_samples(console: Console, samples: Iterable[Told]) -> None:
    for each in samples:
        console.rule(escape(f"{each.get('reaction', '')} of {each.get('subject', '')}"))
        console.print(escape(str(each.get("body", ""))), highlight=False, soft_wrap=True)
        if each.get("problem"):
            console.print(
                escape(f"would not be taken: {each['problem']}"), style="red", highlight=False, soft_wrap=True
            )


def show_message(console: Console, said: Told) -> None:
    """One thing: each value under its path; what has none is left out."""
    table = Table(show_header=False, show_edge=False, box=None)
    for path, value in _leaves(said):
        table.add_row(f"[bold]{escape(path)}[/]", escape(value))
    console.print(table)


def show_list(console: Console, said: Told, name: str, columns: Sequence[str]) -> None:
    """A list as a table of these paths, and where it goes on."""
    found: Sequence[Told] = said.get(name) or ()
    table = Table(*(column.removesuffix("Time").removesuffix(".end") for column in columns), show_edge=False)
    for each in found:
        table.add_row(*(escape(_at(each, column)) for column in columns))
    if found:
        console.print(table)
    else:
        console.print(f"no {name}")
        show_message(console, {key: value for key, value in said.items() if key not in (name, "nextPageToken")})
    if said.get("nextPageToken"):
        console.print(escape(f"there are more: --page-token {said['nextPageToken']}, or --limit 0"), soft_wrap=True)


def _at(said: Any, path: str) -> str:
    for part in path.split("."):
        said = said.get(part, "") if isinstance(said, Mapping) else ""
    return _text(said)


def _leaves(said: Any, path: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(said, Mapping):
        for name, value in said.items():
            yield from _leaves(value, f"{path}.{name}" if path else name)
    elif isinstance(said, list) and any(isinstance(each, Mapping) for each in said):
        for index, each in enumerate(said):
            yield from _leaves(each, f"{path}[{index}]")
    elif (text := _text(said)) and not text.endswith("_UNSPECIFIED"):
        yield path, text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def show_audit(console: Console, said: Told) -> None:
    """The chain of a dose, what was verified, and what may not be seen."""
    console.print(escape(f"{said['dose']}, order {said['orderReference']}"))
    table = Table("link", "when", "what", "who", "name", show_edge=False)
    for each in said["links"]:
        table.add_row(*(escape(each[part]) for part in ("link", "time", "what", "who", "name")))
    console.print(table)
    for each in said["checks"]:
        verdict = "[green]holds[/]" if each["holds"] else "[red]does not hold[/]"
        console.print(f"{verdict}: {escape(each['check'])} ({escape(each['detail'])})")
    for what, why in said["unseen"].items():
        console.print(escape(f"not seen: {what}. {why}"), style="yellow")
