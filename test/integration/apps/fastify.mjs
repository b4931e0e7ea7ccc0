import { health, metrics } from 'barbossa-telemetry';
import Fastify from 'fastify';
import serveFastify from './fastify-app.cjs';

await serveFastify(Fastify(), { health, metrics });
