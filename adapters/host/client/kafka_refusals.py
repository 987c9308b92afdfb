"""Why brokers do not let us in: what is wrong with whose certificate or proof, and what to do about it. Pure."""

import ssl
from datetime import datetime

from aiokafka.errors import (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    IllegalSaslStateError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

# Of both sorts is "the broker does not let us in", so that whoever looks asks it once.
_PROOF = (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    IllegalSaslStateError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
    ValueError,  # what a broker says in SCRAM does not prove that it knows our password
)
_TLS = "connection.kafka.tls"
# Of X509_V_ERR_…, as OpenSSL numbers them.
_NOT_YET, _ENDED = 9, 10
_UNKNOWN_AUTHORITY = frozenset({2, 7, 18, 19, 20, 21})  # 7: one of its name, with another key
_OTHER_NAME = frozenset({62, 64})


def refusal(fault: BaseException, certificate_ends: datetime | None, now: datetime) -> str:
    """Why we are not let in, in words; empty: it is no refusal. `certificate_ends`: when ours does, if we have one.

    The client tells of a broken connection, and of what broke it as the cause: since TLS 1.3 a broker refuses our
    certificate only after the handshake was done for us.
    """
    if isinstance(fault, ssl.SSLCertVerificationError):
        return _said(fault, _of_theirs(fault))
    if isinstance(fault, ssl.SSLError):
        return _of_handshake(fault, certificate_ends, now)
    if isinstance(fault, _PROOF):
        return _said(fault, "correct connection.kafka.sasl or connection.kafka.tls")
    cause = fault.__cause__
    return refusal(cause, certificate_ends, now) if isinstance(cause, ssl.SSLError) else ""


def _of_theirs(fault: ssl.SSLCertVerificationError) -> str:
    code = getattr(fault, "verify_code", 0)
    if code == _ENDED:
        return "the broker's certificate has ended, so its administrator must renew it"
    if code == _NOT_YET:
        return "the broker's certificate does not hold yet: compare the clocks"
    if code in _UNKNOWN_AUTHORITY:
        return f"name the authority that issued the broker's certificate in {_TLS}.authorities_file"
    if code in _OTHER_NAME:
        return "name the broker in connection.kafka.bootstrap, and in what it advertises, as its certificate does"
    return f"correct {_TLS}, or have the broker's certificate mended"


def _of_handshake(fault: ssl.SSLError, ends: datetime | None, now: datetime) -> str:
    reason = str(fault.reason or fault)
    if "ALERT" not in reason:
        # Whoever answers, it is not TLS; a connection that merely broke passes by itself.
        wrong = any(each in reason for each in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"))
        return _said(fault, "no TLS is spoken at this port: name the one for TLS in connection.kafka") if wrong else ""
    if "CERTIFICATE" not in reason and "UNKNOWN_CA" not in reason:
        return _said(fault, f"the broker breaks off TLS: see its log, and {_TLS}")
    if ends is None:
        advice = f"the broker wants a certificate of ours: name it in {_TLS}.certificate_file and {_TLS}.key_file"
    elif ends <= now:
        advice = f"{_TLS}.certificate_file ended at {ends.isoformat()}: have a new one issued and put it in its place"
    else:
        advice = f"the broker must believe the authority of {_TLS}.certificate_file, and know what is named in it"
    return _said(fault, advice)


def _said(fault: BaseException, advice: str) -> str:
    return f"the broker does not let us in: {type(fault).__name__}: {fault}; {advice}"
