"""What `lims_limsml` relies on in SampleManager: each request to the byte, and what it reads of the answer.

Answers are documents within an envelope, and their session, rows and spaces are the site's. So a pattern says what must
stand in them, in which order.
"""

import json
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from pact import Pact
from pact.interaction import HttpInteraction

from adapters.lims_limsml.catalogue import QUESTIONS
from adapters.lims_limsml.obscuring import key_of, obscured, padded
from adapters.lims_limsml.request import LimsmlEntity, LimsmlTransaction, request_text
from adapters.lims_limsml.samples import log_in, results_of, search
from adapters.lims_limsml.settings import settings
from adapters.outbound import Outgoing
from adapters.sandbox.limsml_wire import ACTION, SERVICE, SOAP, answer, data, error
from tests.support.couriers import NOW
from tests.support.limsml import PASSWORD, USER, options

NAME, PROVIDER = "doselane-lims-limsml", "samplemanager"
SAMPLE, NUMBER, SESSION = "batches/b/samples/s", "41", "  000007  "
XML = "text/xml; charset=utf-8"
NOBODY, IN_SESSION = "nobody is logged in", "we are logged in"
A_SAMPLE, TESTED = "our sample is logged in", "its purity is found and authorised"

_SITE = settings(options())
_LOGOUT = LimsmlTransaction(LimsmlEntity("USER", "LOGOUT"))
OURS = Outgoing(SAMPLE, json.dumps({"sample": SAMPLE, "product": "products/p", "tests": ["ph"]}).encode(), NOW)
_SAYS_SESSION = r'<parameter name="SESSION">[^<]+</parameter>'
_WHOLE = r"</body>\s*</limsml>"  # no errors after what was asked


def contract() -> Pact:
    """All that the adapter relies on."""
    pact = Pact(NAME, PROVIDER).with_specification("V4")
    for step in (logs_in, is_not_believed, finds_a_sample, finds_none, logs_a_sample_in, reads_results):
        step(pact)
    for step in (is_told_that_the_session_is_over, logs_out):
        step(pact)
    return pact


def logs_in(pact: Pact) -> None:
    """A login asks for the site's catalogue in the same request."""
    asked = _asked(pact, "a login", {"PASSWORD": padded(PASSWORD)}, "StartSession", QUESTIONS, NOBODY)
    offered = (("generic", "FIND", "data"), ("sample", "GET_RESULTS", "data"), ("sample", "LOGIN_SAMPLE", "system"))
    actions = [dict(zip(("entity", "action", "return_type"), each, strict=True)) for each in offered]
    parameters = {"entity": "generic", "action": "FIND", "parameter": "PAGESIZE", "is_mandatory": "true"}
    tables = [_table("limsml_entity_action", *actions), _table("limsml_entity_param", parameters)]
    patterns = (
        _SAYS_SESSION,
        *_pattern("LIMSML_ENTITY_ACTION", "ENTITY", "ACTION", "RETURN_TYPE"),
        *(f"<ENTITY>{entity}</ENTITY>\\s*<ACTION>{action}</ACTION>" for entity, action, _ in offered),
        *_pattern("LIMSML_ENTITY_PARAM", "ENTITY", "ACTION", "PARAMETER", "IS_MANDATORY"),
        _WHOLE,
    )
    _answered(asked, answer(SESSION, tables, ()), *patterns)


def is_not_believed(pact: Pact) -> None:
    """An error in words, and no session."""
    asked = _asked(
        pact, "a login with another password", {"PASSWORD": padded("other")}, "StartSession", QUESTIONS, NOBODY
    )
    _answered(asked, answer("", [], [error("The password is wrong")]), "<header>\\s*</header>", *_ERROR)


def finds_a_sample(pact: Pact) -> None:
    """By our reference, with the laboratory's number."""
    asked = _asked(
        pact, "a search for our sample", _IN, "ContinueSession", [search(_SITE, SAMPLE)], IN_SESSION, A_SAMPLE
    )
    row = {"id_numeric": f"{NUMBER:>10}", "customer_ref": SAMPLE}
    found = [*_pattern("SAMPLE", "ID_NUMERIC", "CUSTOMER_REF"), r"<ID_NUMERIC> *\d+ *</ID_NUMERIC>"]
    _answered(asked, answer(SESSION, [_table("sample", row)], ()), *found, f"<CUSTOMER_REF>{SAMPLE} *<", _WHOLE)


def finds_none(pact: Pact) -> None:
    """A table without rows is an answer."""
    asked = _asked(
        pact, "a search for a sample that is not there", _IN, "ContinueSession", [search(_SITE, SAMPLE)], IN_SESSION
    )
    none = data("sample", {"id_numeric": "string", "customer_ref": "string"}, [])
    nothing = r"</xs:schema>\s*</NewDataSet>"
    _answered(asked, answer(SESSION, [none], ()), *_pattern("SAMPLE", "ID_NUMERIC", "CUSTOMER_REF"), nothing, _WHOLE)


def logs_a_sample_in(pact: Pact) -> None:
    """The site's own action; what counts is that it answers one transaction and no error."""
    asked = _asked(pact, "a sample is logged in", _IN, "ContinueSession", [log_in(_SITE, OURS)], IN_SESSION)
    done = '<transaction><system response_type="system"></system></transaction>'
    _answered(asked, answer(SESSION, [done], ()), "<transaction>", _WHOLE)


def reads_results(pact: Pact) -> None:
    """The columns that the account's mapping names, padded as the site pads them."""
    asked = _asked(
        pact, "the results of a sample", _IN, "ContinueSession", [results_of(NUMBER)], IN_SESSION, A_SAMPLE, TESTED
    )
    row = {"test_number": "7001", "name": "RCP", "result": "98.6", "units": "%", "status": "A"}
    columns = _pattern("RESULT", *map(str.upper, row))
    cells = [f"<{name.upper()}>{value} *</{name.upper()}>" for name, value in row.items()]
    _answered(asked, answer(SESSION, [_table("result", row)], ()), *columns, *cells, _WHOLE)


def is_told_that_the_session_is_over(pact: Pact) -> None:
    """In words that stand among `session_errors`."""
    asked = _asked(pact, "a search in a session that is over", _IN, "ContinueSession", [search(_SITE, SAMPLE)], NOBODY)
    _answered(asked, answer("", [], [error("The session has expired")]), "<description>[^<]*session", *_ERROR[1:])


def logs_out(pact: Pact) -> None:
    """A session ends with LOGOUT."""
    _answered(_asked(pact, "a logout", _IN, "EndSession", [_LOGOUT], IN_SESSION), answer(SESSION, [], ()), _WHOLE)


_IN: Mapping[str, str] = {"SESSION": SESSION}
_ERROR = ("<description>[^<]+</description>", "</errors>", "</limsml>")


def _asked(
    pact: Pact,
    description: str,
    known_by: Mapping[str, str],
    connect: str,
    transactions: Sequence[LimsmlTransaction],
    *states: str,
) -> HttpInteraction:
    """A request as the client writes it: credentials obscured with the text of its own transactions."""
    key = key_of("".join(each.document for each in transactions))
    header = {name: obscured(key, value) for name, value in {"USER": USER, **known_by}.items()}
    text = escape(request_text({**header, "CONNECT": connect}, transactions))
    body = (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        f'<soap-env:Envelope xmlns:soap-env="{SOAP}"><soap-env:Body><ns0:Process xmlns:ns0="{SERVICE}">'
        f"<ns0:request>{text}</ns0:request></ns0:Process></soap-env:Body></soap-env:Envelope>"
    )
    asked = pact.upon_receiving(description)
    for state in states:
        asked.given(state)
    return asked.with_request("POST", "/").with_header("SOAPAction", ACTION).with_body(body, XML)


def _answered(asked: HttpInteraction, envelope: bytes, *patterns: str) -> None:
    """An answer in which all of these stand, in this order."""
    asked.will_respond_with(200).with_body(envelope.decode(), XML)
    pattern = "".join([*(rf"[\s\S]*{each}" for each in patterns), r"\s*$"])
    rule = {"combine": "AND", "matchers": [{"match": "regex", "regex": pattern}]}
    asked.with_matching_rules({"body": {_RESULT: rule}}, "Response")


_RESULT = f"$['{SOAP}:Envelope']['{SOAP}:Body']['{SERVICE}:ProcessResponse']['{SERVICE}:ProcessResult']['#text']"


def _table(name: str, *rows: Mapping[str, str]) -> str:
    return data(name, dict.fromkeys(rows[0], "string"), rows)


def _pattern(table: str, *columns: str) -> list[str]:
    return [f'<xs:element name="{name}"' for name in (table, *columns)]
