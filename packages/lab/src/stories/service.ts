import { BASE_FILES, NGINX_SITE } from '../devvm/base-system.ts';
import type { Story } from './story.ts';

const goodSite = BASE_FILES[NGINX_SITE];

export const service: Story = {
  name: 'service',
  title: 'two dead services: nginx after a bad edit, redis after a crash',
  cure: `mend the misspelt directive in ${NGINX_SITE} (a .bak is beside it), then systemctl restart nginx; redis-server restarts at once`,
  wedged: false,
  files: {
    [NGINX_SITE]: String(goodSite).replace('proxy_pass', 'proxy_passs'),
    [`${NGINX_SITE}.bak`]: String(goodSite),
  },
  sicken: async (machine) => {
    const redis = machine.units.get('redis-server.service');
    if (redis === undefined) throw new Error('the base system lacks a unit');
    machine.units.failed(redis, 'core-dump', 'code=dumped, status=11/SEGV', Date.now() - 7_300_000, [
      '=== REDIS BUG REPORT START ===',
      'Redis 7.0.15 crashed by signal: 11, si_code: 1',
    ]);
    machine.kernelLog(
      'redis-server[1031]: segfault at 10 ip 000055d2c1 sp 00007ffd3e error 4 in redis-server',
      7_300,
      6,
    );
  },
};
