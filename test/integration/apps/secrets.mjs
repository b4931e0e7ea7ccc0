/**
 * Logs the same secrets in every way that a record can be written: the two loggers of winston and `getLogger`, a logger
 * of OpenTelemetry's API, and an error that nobody catches.
 */
import { logs } from '@opentelemetry/api-logs';
import winston from 'winston';
import { getLogger } from '../../../dist/index.js';

const secret = process.argv[2];
const logger = winston.createLogger({
  format: winston.format.combine(winston.format.splat(), winston.format.json()),
  transports: [new winston.transports.Console()],
});
const own = getLogger('sync.plex').bind({ plexToken: secret });

const error = Object.assign(new Error(`connect postgres://barbossa:${secret}@db:5432/barbossa`), { apiKey: secret });
error.cause = new TypeError(`refused Authorization: Bearer ${secret}`);
const fields = {
  request: { headers: { Cookie: `sid=${secret}`, 'X-Plex-Token': secret }, rawHeaders: ['Authorization', secret] },
  form: [{ name: 'password', value: secret }],
  url: `http://plex:32400/library?X-Plex-Token=${secret}&start=0`,
  session: new Map([['sessionId', secret]]),
  get db_password() {
    return secret;
  },
  [`http://anna:${secret}@lidarr/`]: 'down',
};

logger.info('planted winston-fields', fields);
logger.info('planted winston-splat %j', { password: secret });
logger.child({ credentials: { user: 'anna', code: secret } }).warn('planted winston-child');
logger.error(error);
logger.error('planted winston-error', { error });

own.info('planted own-fields', fields);
own.warning(`planted own-message password=${secret} {"token":"${secret}"}`);
own.info({ planted: 'own-object', headers: [['set-cookie', secret]] });
own.exception('planted own-exception', error);

logs.getLogger(`library token=${secret}`).emit({
  body: { planted: 'api-body', apiKey: secret, text: `Basic ${btoa(`anna:${secret}`)}` },
  attributes: { 'http.request.header.authorization': `Bearer ${secret}`, nested: { list: [{ secret }] } },
  exception: error,
  eventName: `planted token=${secret}`,
});

process.on('SIGUSR2', () => {
  throw error;
});
console.log('written');
setInterval(() => {}, 1_000);
