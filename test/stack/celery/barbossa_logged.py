"""The same application with the line that joins its logs to those of requests."""

import logging

import barbossa_celery  # noqa: F401
from barbossa_tasks import app
from celery import current_task

logger = logging.getLogger("barbossa.library")


@app.task(name="library.tag")
def tag(path, depth=1):
    logger.info("tags of %s", path, extra={"folder": path, "odd": object()})
    if depth > 0:
        tag.delay(path, depth - 1)
    else:
        raise ValueError("no\ntags \u2028 in %s" % path)
    return current_task.request.id
