import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VERBS } from '@breakglass/shared';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../harness.ts';
import { hasSshd } from './sshd.ts';

/** What install.sh puts on the host, as sudo and sshd read it. */

const deploy = join(import.meta.dirname, '../../deploy/pve');

describe('the host gives the user of the key', () => {
  it('one literal sudoers line for each verb, and no other', () => {
    const rules = readFileSync(join(deploy, 'sudoers'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !/^(#|Defaults)/.test(line));
    const allowed = VERBS.map(
      (verb) => `breakglass ALL=(root) NOPASSWD: /usr/local/sbin/breakglass-pve-root ${verb}`,
    );
    expect(rules.sort()).toEqual(allowed.sort());
  });

  it.skipIf(!hasSshd)(
    'the forced command alone, as sshd understands its settings (needs openssh-server)',
    async () => {
      await using directory = await temporaryDirectory();
      const at = (name: string) => join(directory.path, name);
      execFileSync('ssh-keygen', ['-qt', 'ed25519', '-N', '', '-f', at('host_key')]);
      const settings = await readFile(join(deploy, 'sshd.conf'), 'utf8');
      await writeFile(at('config'), `HostKey ${at('host_key')}\nPasswordAuthentication yes\n${settings}`);
      const effective = execFileSync(
        '/usr/sbin/sshd',
        ['-T', '-f', at('config'), '-C', 'user=breakglass,host=a,addr=192.0.2.1'],
        { encoding: 'utf8' },
      ).split('\n');
      expect(effective).toEqual(
        expect.arrayContaining([
          'forcecommand /usr/local/bin/breakglass-pve',
          'authorizedkeysfile /etc/ssh/authorized_keys.d/breakglass',
          'authenticationmethods publickey',
          'permittty no',
          'permituserrc no',
          'disableforwarding yes',
        ]),
      );
    },
  );
});
