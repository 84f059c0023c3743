// The container's health check: does the daemon answer on the port it was told to listen on?
import { request } from 'node:http';

const TIMEOUT_MS = 3000;
const [, port = '8080'] = /:(\d+)$/.exec(process.env.BREAKGLASS_LISTEN ?? '') ?? [];

const call = request({ host: '127.0.0.1', port, path: '/health', timeout: TIMEOUT_MS });
call.on('response', (response) => finish(response.statusCode === 200, `status ${response.statusCode}`));
call.on('timeout', () => finish(false, `no answer within ${TIMEOUT_MS} ms`));
call.on('error', (error) => finish(false, error.message));
call.end();

function finish(healthy, why) {
  if (!healthy) process.stderr.write(`not healthy: ${why}\n`);
  process.exit(healthy ? 0 : 1);
}
