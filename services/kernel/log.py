"""Structured logs: one JSON object a line, with the trace it belongs to, and without secrets."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from services.kernel.telemetry import current, current_trace_id

# What every LogRecord has; whatever else a record carries came through `extra` and is part of the message.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

# Bearer tokens, anything shaped like a JSON Web Token, and passwords inside addresses.
_SECRETS = re.compile(
    r"(?i:bearer\s+)[\w.~+/=-]+"
    r"|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"
    r"|(?<=://)[^/@\s:]+:[^/@\s]+(?=@)"
    r"|(?i:(?:password|client_secret|api_?key|assertion)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]+"
)
_SECRET_NAMES = re.compile(r"(?i)password|secret|token|authorization|api_?key|credential")


class JsonFormatter(logging.Formatter):
    """Renders a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "level": record.levelname,
            "service": current().service,
            "logger": record.name,
            "message": clean(record.getMessage()),
        }
        if trace_id := current_trace_id():
            entry["trace_id"] = trace_id
        for name, value in vars(record).items():
            if name not in _STANDARD and name not in entry:
                entry[name] = _named(name, value)
        if record.exc_info:
            entry["exception"] = clean(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


def setup(level: str | int = logging.INFO, stream: TextIO | None = None) -> logging.Handler:
    """Sends all logs of the process as JSON lines to `stream` (standard error), and answers the handler."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # These tell each request at INFO, which our own access log does already, with the trace.
    for noisy in ("httpx", "httpcore", "aiokafka", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return handler


def clean(text: str) -> str:
    """`text` with whatever looks like a secret blotted out."""
    return _SECRETS.sub("***", text)


def _named(name: str, value: object) -> object:
    return "***" if _SECRET_NAMES.search(name) else _shown(value)


def _shown(value: object) -> object:
    """The value as JSON. Only a plain list or object is looked into; everything else says itself what it shows."""
    if value is None or type(value) in (bool, int, float):
        return value
    if type(value) is dict:
        return {clean(str(key)): _named(str(key), item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return [_shown(item) for item in value]  # type: ignore[attr-defined]
    return clean(str(value))
