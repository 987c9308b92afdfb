"""Pictures of what came of a simulation, and a page that holds them."""

import base64
import io
from collections.abc import Sequence
from html import escape

from matplotlib.figure import Figure

from services.local.simulation.promises import DoseOutcome
from services.local.simulation.report import RESCUED, SimulationReport

# Colours that people with any kind of colour vision can tell apart (Okabe and Ito).
COLOURS = {
    DoseOutcome.TREATED.value: "#0072b2",
    RESCUED: "#009e73",
    DoseOutcome.LATE.value: "#e69f00",
    DoseOutcome.REJECTED.value: "#cc79a7",
    DoseOutcome.NOT_DELIVERED.value: "#d55e00",
}
FIGURES = (
    ("promised", "doses promised"),
    ("treated", "treated in time"),
    ("rescued", "of them rescued"),
    ("lost", "lost"),
    ("service_level", "service level"),
    ("wasted_mbq", "wasted, MBq at end of synthesis"),
    ("overbooked", "runs overbooked"),
    ("claims_lost", "claims lost"),
    ("events_lost", "events lost"),
    ("phantom", "slots of nobody"),
)


def chart(reports: Sequence[SimulationReport]) -> bytes:
    """What became of the doses of each day, one row a policy, as PNG."""
    figure = Figure(figsize=(9, 1.2 + 2.2 * len(reports)), layout="constrained")
    most = max((sum(day.values()) for report in reports for day in report.daily), default=0)
    for report, axes in zip(reports, figure.subplots(len(reports), squeeze=False)[:, 0], strict=True):
        floor = [0] * report.days
        for outcome, colour in COLOURS.items():
            heights = [day.get(outcome, 0) for day in report.daily]
            axes.bar(range(report.days), heights, bottom=floor, color=colour, label=_words(outcome))
            floor = [below + height for below, height in zip(floor, heights, strict=True)]
        level = "nothing promised" if report.service_level is None else f"{report.service_level:.1%} treated in time"
        axes.set_title(f"{report.policy}: {level}", loc="left")
        axes.set_ylabel("doses")
        axes.set_ylim(0, max(1, most) * 1.06)  # one scale for all, so that days can be compared
        for axis in (axes.xaxis, axes.yaxis):
            axis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("day")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=len(COLOURS), frameon=False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    return picture.getvalue()


def page(reports: Sequence[SimulationReport], picture: bytes) -> str:
    """The figures and the picture as one HTML page that needs nothing else."""
    head = "".join(f"<th scope=col>{escape(report.policy)}</th>" for report in reports)
    rows = "".join(
        f"<tr><th scope=row>{words}</th>{''.join(f'<td>{_figure(getattr(each, name))}</td>' for each in reports)}</tr>"
        for name, words in FIGURES
    )
    seed, days = reports[0].seed, reports[0].days
    alternative = "; ".join(f"{each.policy}: {each.treated} of {each.promised} treated" for each in reports)
    return f"""<!doctype html>
<html lang=en><meta charset=utf-8><title>Simulation, seed {seed}, {days} days</title>
<style>body{{font:16px system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}}table{{border-collapse:collapse}}
th,td{{padding:.3rem .8rem;border-bottom:1px solid #bbb;text-align:right}}th[scope=row]{{text-align:left}}
img{{max-width:100%}}</style>
<h1>Simulation, seed {seed}, {days} days</h1>
<table><tr><td></td>{head}</tr>{rows}</table>
<p><img alt="{escape(alternative)}" src="data:image/png;base64,{base64.b64encode(picture).decode()}"></p>
</html>
"""


def _figure(value: float | None) -> str:
    return "not known" if value is None else f"{value:,}"


def _words(outcome: str) -> str:
    return outcome.replace("_", " ").lower()
