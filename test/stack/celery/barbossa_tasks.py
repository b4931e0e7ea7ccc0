"""A Celery application as the stack tests need one; nothing in it knows of telemetry."""

import os
import signal
import time

from celery import Celery

app = Celery("barbossa_tasks", broker=os.environ["REDIS_URL"])
app.conf.update(
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "queue_order_strategy": "priority",
        "visibility_timeout": int(os.environ.get("VISIBILITY_TIMEOUT_S", "3600")),
    },
    worker_prefetch_multiplier=1,
)


class RatsAboard(Exception):
    """A class of the application's own."""


@app.task(name="library.scan")
def scan(number):
    if number % 10 == 0:
        raise RatsAboard(number)
    return number


@app.task(name="library.sleep", acks_late=True)
def sleep(seconds):
    time.sleep(seconds)


@app.task(name="library.retry", bind=True, max_retries=2)
def retry(self):
    try:
        raise ValueError("not yet")
    except ValueError as error:
        raise self.retry(exc=error, countdown=0)


@app.task(name="library.crash")
def crash():
    os.kill(os.getpid(), signal.SIGKILL)


@app.task(name="library.hold", acks_late=True)
def hold(path):
    while not os.path.exists(path):
        time.sleep(0.05)


def put(name, count, **options):
    """Puts tasks in, numbered from 0."""
    with app.producer_pool.acquire(block=True) as producer:
        for number in range(count):
            app.send_task(name, args=[number], producer=producer, **options)
