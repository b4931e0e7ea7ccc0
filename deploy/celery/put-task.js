/*
 * Puts a task for Celery into Redis from Node, with the request it belongs to. Copy it: it is all that there is to it.
 * The message is kombu's and the task message protocol 2's
 * (https://docs.celeryq.dev/en/stable/internals/protocol.html#version-2).
 */
import { randomUUID } from 'node:crypto';
import { getTaskHeaders } from 'barbossa-telemetry';

/**
 * @param {{ lpush: (list: string, message: string) => Promise<unknown> }} redis A client of ioredis.
 * @param {{ task: string, args?: unknown[], kwargs?: Record<string, unknown>, queue?: string }} job
 * @returns {Promise<string>} The task's id.
 */
export async function putTask(redis, { task, args = [], kwargs = {}, queue = 'celery' }) {
  const id = randomUUID();
  const body = [args, kwargs, { callbacks: null, errbacks: null, chain: null, chord: null }];
  const message = {
    body: Buffer.from(JSON.stringify(body)).toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: {
      lang: 'js',
      task,
      id,
      root_id: id,
      parent_id: null,
      group: null,
      retries: 0,
      eta: null,
      expires: null,
      timelimit: [null, null],
      argsrepr: JSON.stringify(args),
      kwargsrepr: JSON.stringify(kwargs),
      // The line that joins the logs of both processes: x-request-id and traceparent.
      ...getTaskHeaders(),
    },
    properties: {
      correlation_id: id,
      delivery_mode: 2,
      delivery_tag: randomUUID(),
      delivery_info: { exchange: '', routing_key: queue },
      priority: 0,
      body_encoding: 'base64',
    },
  };
  await redis.lpush(queue, JSON.stringify(message));
  return id;
}
