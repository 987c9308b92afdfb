"""A LIMS that speaks LIMSML over SOAP, with a site's own action to log in a sample; in memory, as a sandbox may.

It is strict where the protocol is known. Codes and words of its errors are its own: no public source shows any.
"""

import itertools
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.sandbox.limsml_wire import (
    ACTION,
    AskedAction,
    AskedRequest,
    NotUnderstood,
    answer,
    data,
    error,
    fault,
    request_of,
    system,
)
from services.kernel.clock import Clock

XML = "text/xml; charset=utf-8"
PASSWORD_CHARACTERS_MIN = 10
REFERENCE_CHARACTERS = 120
TEXT_CHARACTERS = 40
# What this site's table of results has, and its types. Texts are padded, as columns of fixed width are.
RESULT_COLUMNS: Mapping[str, str] = {
    "test_number": "string", "name": "string", "result": "string", "units": "string", "status": "string",
    "replicate": "int", "retest_of": "string", "modified_on": "dateTime",
}  # fmt: skip
LOG_IN = "LOGIN_SAMPLE"
# Entity, action, what it answers; and the parameters that each must have.
ACTIONS = (
    ("generic", "FIND", "data"), ("sample", "GET_RESULTS", "data"), ("sample", LOG_IN, "system"),
    ("user", "LOGOUT", "data"),
)  # fmt: skip
MANDATORY = (("generic", "FIND", "PAGESIZE"), ("sample", "GET_RESULTS", "SAMPLE_ID"), ("sample", LOG_IN, "TEMPLATE"))


@dataclass
class TwinSample:
    """A sample of this LIMS: what it was logged in with, and its rows of results by analysis and name."""

    fields: Mapping[str, str]
    analyses: tuple[str, ...]
    rows: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)


class _Refusal(Exception):
    """An error inside an answer."""


class LimsmlTwin:
    """SampleManager, as far as we meet it: sessions, licences, catalogue, samples and results."""

    def __init__(self, clock: Clock, user: str, password: str) -> None:
        self._clock, self._user, self._password = clock, user, password
        self._numbers, self._sessions_made = itertools.count(41), itertools.count(1)
        self.sessions: dict[str, datetime] = {}  # when each was used last
        self.session_life = timedelta(minutes=10)
        self.licences = 1
        self.actions = list(ACTIONS)
        self.samples: dict[str, TwinSample] = {}
        self.calls: list[str] = []
        self.faults: deque[Response] = deque()  # what it answers next, whatever it is asked
        self.lose_answers = 0  # so many samples are logged in, and the answer is lost
        self.fault_on = ""  # a request with this command is answered by nothing of use, once
        self.expire_before = ""  # all sessions end before this command is heard, once
        self.app = Starlette(routes=[Route("/", self._serve, methods=["POST"])])

    def tested(self, number: str, analysis: str, name: str, **columns: str) -> None:
        """What a chemist enters; what was entered before stays, unless it is entered anew."""
        row = self.samples[number].rows.setdefault((analysis, name), {"test_number": analysis, "name": name})
        row |= {"modified_on": self._clock.now().isoformat(), **columns}

    def number_of(self, reference: str) -> list[str]:
        """The numbers of the samples that bear a reference."""
        return [number for number, sample in self.samples.items() if sample.fields.get("customer_ref") == reference]

    def expire_sessions(self) -> None:
        """Nobody is logged in any more."""
        self.sessions.clear()

    async def _serve(self, request: Request) -> Response:
        if self.faults:
            return self.faults.popleft()
        if request.headers.get("content-type", "").replace(" ", "").lower() != "text/xml;charset=utf-8":
            return Response(fault("text/xml in UTF-8 is wanted"), 500, media_type=XML)
        if request.headers.get("soapaction") != ACTION:
            return Response(fault(f"the action {ACTION} is wanted"), 500, media_type=XML)
        try:
            asked = request_of(await request.body())
        except NotUnderstood as wrong:
            return Response(fault(str(wrong)), 500, media_type=XML)
        if self.fault_on and any(each.command == self.fault_on for each in asked.actions):
            self.fault_on = ""
            return Response("out of order", 500)
        return self._answer(asked)

    def _answer(self, asked: AskedRequest) -> Response:
        session = ""
        parts: list[str] = []
        try:
            session = self._session(asked)
            # In order, and what comes before a mistake is done.
            parts.extend(self._done(action, session) for action in asked.actions)
        except _Refusal as no:
            return Response(answer("", parts, [str(no)]), media_type=XML)
        if self.lose_answers and any(each.command == LOG_IN for each in asked.actions):
            self.lose_answers -= 1
            return Response("the connection was reset", 502)
        return Response(answer(session, parts, ()), media_type=XML)

    def _session(self, asked: AskedRequest) -> str:
        """The session that a request begins or goes on with."""
        header, connect = asked.header, asked.header["CONNECT"]
        self.calls += [connect, *(f"{each.command} {each.entity}" for each in asked.actions)]
        if self.expire_before and any(each.command == self.expire_before for each in asked.actions):
            self.expire_before = ""
            self.expire_sessions()
        if header["USER"] != self._user:
            raise _Refusal(error("The user or password is invalid", "LIMS-401"))
        if connect == "StartSession":
            return self._begun(header)
        if connect not in ("ContinueSession", "EndSession") or "SESSION" not in header:
            raise _Refusal(error(f"{connect} is not offered here", "LIMS-400"))
        now, session = self._clock.now(), header["SESSION"]
        if session not in self.sessions or now - self.sessions[session] > self.session_life:
            self.sessions.pop(session, None)
            raise _Refusal(error(below=error("The session is not valid or has expired", "LIMS-440")))
        self.sessions[session] = now
        if (connect == "EndSession") != (asked.actions[0].command == "LOGOUT"):
            raise _Refusal(error("A session ends with LOGOUT", "LIMS-400"))
        return session

    def _begun(self, header: Mapping[str, str]) -> str:
        if header.get("PASSWORD") != self._password.ljust(PASSWORD_CHARACTERS_MIN):
            raise _Refusal(error("The user or password is invalid", "LIMS-401"))
        now = self._clock.now()
        self.sessions = {name: used for name, used in self.sessions.items() if now - used <= self.session_life}
        if len(self.sessions) >= self.licences:
            raise _Refusal(error("There is no free licence", "LIMS-429"))
        session = f"  {next(self._sessions_made):06d}  "
        self.sessions[session] = now
        return session

    def _done(self, action: AskedAction, session: str) -> str:
        offered = self._offered(action)
        if offered is None:
            raise _Refusal(error(f"There is no action {action.command} for {action.entity}"))
        if action.response_type != offered[2]:
            raise _Refusal(error(f"{action.command} answers {offered[2]}", "LIMS-406"))
        for entity, command, parameter in MANDATORY:
            if (entity, command) == offered[:2] and parameter not in action.parameters:
                raise _Refusal(error(f"The parameter {parameter} is mandatory", "LIMS-422"))
        if action.command == "LOGOUT":
            self.sessions.pop(session)
            return ""
        if action.command == "FIND":
            return self._found(action)
        return self._results(action) if action.command == "GET_RESULTS" else self._logged_in(action)

    def _offered(self, action: AskedAction) -> tuple[str, str, str] | None:
        owners = (action.entity.lower(), "generic")
        return next((each for owner in owners for each in self.actions if each[:2] == (owner, action.command)), None)

    def _found(self, action: AskedAction) -> str:
        limit = int(action.parameters["PAGESIZE"])
        if action.entity == "LIMSML_ENTITY_ACTION":
            columns = dict.fromkeys(("entity", "action", "return_type"), "string")
            return data(action.entity, columns, _rows(columns, self.actions[:limit]))
        if action.entity == "LIMSML_ENTITY_PARAM":
            columns = {**dict.fromkeys(("entity", "action", "parameter"), "string"), "is_mandatory": "boolean"}
            return data(action.entity, columns, _rows(columns, [(*each, "true") for each in MANDATORY[:limit]]))
        if action.entity != "SAMPLE":
            raise _Refusal(error(f"There is no table {action.entity}", "LIMS-404"))
        wanted = action.fields.items()
        rows = [
            {"id_numeric": f"{number:>10}", "customer_ref": sample.fields.get("customer_ref", "")}
            for number, sample in self.samples.items()
            if all(sample.fields.get(name, "") == value for name, value in wanted)
        ]
        return data("sample", {"id_numeric": "string", "customer_ref": "string"}, rows[:limit])

    def _results(self, action: AskedAction) -> str:
        sample = self.samples.get(action.parameters["SAMPLE_ID"].strip())
        if sample is None:
            raise _Refusal(error("There is no such sample", "LIMS-404"))
        rows = [
            {name: f"{row[name]:<{TEXT_CHARACTERS}}" for name in RESULT_COLUMNS if row.get(name)}
            for row in sample.rows.values()
        ]
        return data("result", RESULT_COLUMNS, rows)

    def _logged_in(self, action: AskedAction) -> str:
        number = str(next(self._numbers))
        fields = {name: value[:REFERENCE_CHARACTERS] for name, value in action.fields.items()}
        self.samples[number] = TwinSample(fields, action.analyses)
        return system(action, number)


def _rows(columns: Mapping[str, str], rows: Sequence[tuple[str, ...]]) -> Iterator[dict[str, str]]:
    return (dict(zip(columns, row, strict=True)) for row in rows)
