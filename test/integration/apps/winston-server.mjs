import winston, { createLogger } from 'winston';
import serve from './winston-server.cjs';

serve(Object.assign(Object.create(winston), { createLogger }));
