"""Log lines of a Celery worker that belong to the request which put the task in.

In the module of the Celery application, once:

    import barbossa_celery  # noqa: F401

From then on the worker writes one line of JSON for each log record to stdout, with the fields that Barbossa's other processes
write, and each line of a task has the request id and the trace of the task's headers `x-request-id` and `traceparent`. Tasks that
a task puts in get the same headers. Nothing else changes: exceptions, results and retries are Celery's.

Environment: OTEL_SERVICE_NAME (the field `service.name`, default barbossa-worker). The level is the worker's `--loglevel`.
Python 3.8 and newer, Celery 5. No other package.
"""

import contextvars
import json
import logging
import os
import re
import sys
import time

from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun

REQUEST_ID = "x-request-id"
TRACEPARENT = "traceparent"
HEADERS = (REQUEST_ID, TRACEPARENT, "tracestate")

_PRINTABLE = re.compile(r"[ -~]{1,128}")
# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")
_MAX_HEADER_CHARS = 1024
_LEVELS = {"CRITICAL": "ERROR"}
# What every record has; all else was given as `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}

_task = contextvars.ContextVar("barbossa_task", default=None)


def _read_headers(request):
    """The headers of a task's message, whichever way this Celery hands them on."""
    found = {}
    given = getattr(request, "headers", None)
    for name in HEADERS:
        value = given.get(name) if isinstance(given, dict) else None
        if value is None:
            value = getattr(request, name, None)
        if isinstance(value, str) and 0 < len(value) <= _MAX_HEADER_CHARS:
            found[name] = value
    return found


def _describe_headers(headers):
    """The fields of a log line: a value that cannot be one is left out."""
    fields = {}
    request_id = headers.get(REQUEST_ID, "")
    if _PRINTABLE.fullmatch(request_id):
        fields["request_id"] = request_id
    trace = _TRACEPARENT.fullmatch(headers.get(TRACEPARENT, ""))
    if trace:
        fields["trace_id"], fields["span_id"] = trace.groups()
    return fields


@task_prerun.connect(weak=False)
def _begin(task_id=None, task=None, **_):
    headers = _read_headers(task.request)
    _task.set({"id": task_id, "name": task.name, "headers": headers, "fields": _describe_headers(headers)})


@task_postrun.connect(weak=False)
def _end(**_):
    _task.set(None)


@before_task_publish.connect(weak=False)
def _pass_on(headers=None, **_):
    current = _task.get()
    if current is None or headers is None:
        return
    for name, value in current["headers"].items():
        headers.setdefault(name, value)


class JsonFormatter(logging.Formatter):
    """One line of JSON for a record, all in ASCII, so that no text can begin a second line."""

    def __init__(self, service_name):
        super().__init__()
        self._service_name = service_name

    def format(self, record):
        current = _task.get()
        extras = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if current is not None:
            extras.update(task=current["name"], task_id=current["id"])
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "timestamp": "%s.%03dZ" % (stamp, int(record.created * 1000) % 1000),
            "level": _LEVELS.get(record.levelname, record.levelname),
            "logger": record.name,
            "message": record.getMessage(),
            "module": record.module,
            "function": record.funcName,
            "line": record.lineno,
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = self.formatException(record.exc_info)
        if current is not None:
            line.update(current["fields"])
        line["service.name"] = self._service_name
        if extras:
            line["extras"] = extras
        return json.dumps(line, default=str, skipkeys=True)


@setup_logging.connect(weak=False)
def _set_up(loglevel=None, **_):
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(os.environ.get("OTEL_SERVICE_NAME") or "barbossa-worker"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(loglevel or logging.INFO)
