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
    name, adapter = report.get("name", ""), report.get("adapter", "")
    console.print(escape(f"{name} ({adapter}), checked at {report.get('checkTime', '')}"), highlight=False)
    for area in dict.fromkeys(str(each.get("area")) for each in findings):
        console.print(_area(area, [each for each in findings if str(each.get("area")) == area]))
    if samples:
        _show_samples(console, report.get("samples") or ())
    counts = [f"{sum(each.get('severity') == kind for each in findings)} {kind}" for kind in _ORDER]
    told = "ready" if report.get("ready") else "not ready"
    console.print(f"{told}: {', '.join(counts)}", style="green" if report.get("ready") else "red", highlight=False)


def show_accounts(console: Console, accounts: Iterable[Told]) -> None:
    """Accounts with how they fare."""
    table = Table("account", "partner", "adapter", "state", "detail", show_edge=False)
    for each in accounts:
        account = str(each.get("name", "")).partition("/")[2]
        row = (account, each.get("courier", ""), each.get("adapter", ""), each.get("state", ""), each.get("detail", ""))
        table.add_row(*(escape(str(cell)) for cell in row))
    console.print(table)


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
