"""The report of a loss as protobuf."""

from doselane.tower.v1 import escalation_pb2, loss_pb2
from doselane.type.v1 import type_pb2

from services.kernel.timestamps import stamp
from services.tower.domain.loss import AskedConsent, LossReport, MissedMove, RecordedCause, ToldContact


def loss_message(report: LossReport) -> loss_pb2.LossReport:
    """A report; what is not known is not set."""
    entry = report.entry
    wanted = entry.administration_at is not None and entry.administration_mbq is not None
    return loss_pb2.LossReport(
        name=f"lossReports/{entry.dose}",
        dose=f"doses/{entry.dose}",
        partner=entry.partner,
        product=entry.product,
        run=entry.run,
        site=entry.site,
        administration=type_pb2.Activity(activity_mbq=entry.administration_mbq, time=stamp(entry.administration_at))
        if wanted
        else None,
        loss_time=stamp(entry.verdict_at),
        cause=_cause(report.cause) if report.cause else None,
        causes=map(_cause, report.causes),
        moves=map(_move, report.moves),
        last_rescue_time=stamp(report.last_rescue_at),
        told=map(_told, report.told),
        asked=map(_asked, report.asked),
        explanation=report.explanation,
    )


def _cause(cause: RecordedCause) -> loss_pb2.LossCause:
    return loss_pb2.LossCause(
        incident=cause.incident,
        kind=int(cause.kind),  # type: ignore[arg-type]
        explanation=cause.explanation,
        open_time=stamp(cause.opened_at),
        acknowledge_time=stamp(cause.acknowledged_at),
        resolve_time=stamp(cause.resolved_at),
    )


def _move(move: MissedMove) -> loss_pb2.MissedMove:
    return loss_pb2.MissedMove(
        run=move.run,
        lane=move.lane,
        departure_time=stamp(move.departure_at),
        known_time=stamp(move.known_at),
        until_time=stamp(move.until_at),
    )


def _told(told: ToldContact) -> loss_pb2.ToldContact:
    contact = told.outcome.contact
    channel = int(contact.channel)
    return loss_pb2.ToldContact(
        escalation=told.escalation,
        partner=told.partner,
        step=told.step,
        take_time=stamp(told.taken_at),
        contact=escalation_pb2.AlertContact(channel=channel, address=contact.address),  # type: ignore[arg-type]
        state=int(told.outcome.state),  # type: ignore[arg-type]
        time=stamp(told.outcome.at),
        acknowledge_time=stamp(told.acknowledged_at),
    )


def _asked(asked: AskedConsent) -> loss_pb2.AskedConsent:
    return loss_pb2.AskedConsent(
        consent=asked.consent,
        explanation=asked.explanation,
        ask_time=stamp(asked.asked_at),
        state=int(asked.state),  # type: ignore[arg-type]
        answer_time=stamp(asked.answered_at),
    )
