import { createServer } from 'node:http';
import { getLogger } from 'barbossa-telemetry';

const log = getLogger('shop');
/** HTML, a terminal's escape, a text that runs from right to left. */
const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>\u001b[31m\u202egnp.exe';

createServer((request, response) => {
  if (request.url === '/hostile') log.error(HOSTILE + 'x'.repeat(2 ** 20), { fields: '<b>bold</b>' });
  else log.info(`served ${request.url}`, { password: 'hunter2' });
  response.statusCode = request.url === '/bad' ? 500 : 200;
  response.end();
}).listen(0, '127.0.0.1', function listening() {
  process.stdout.write(`listening on http://127.0.0.1:${this.address().port}\n`);
});
