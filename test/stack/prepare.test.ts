// @needs Elasticsearch
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { prepareElasticsearch } from '../../scripts/stack/prepare-elasticsearch.js';
import { giveAll } from '../../scripts/stack/unprivileged.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'barbossa-prepare-test-'));
  return () => rmSync(folder, { recursive: true, force: true });
});

const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const readCertificate = () => new X509Certificate(read('config/certs/node.crt'));

/** Files with their contents. */
function readAll(): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(names.filter((name) => statSync(join(folder, name)).isFile()).map((name) => [name, read(name)]));
}

// Each run starts a dozen Java programs.
test(
  'makes what is missing, keeps what is there, and renews a certificate that was taken away',
  { timeout: 300_000 },
  async () => {
    // A site may bring its own password.
    mkdirSync(join(folder, 'secrets'));
    writeFileSync(join(folder, 'secrets/reader.password'), 'the-site-has-chosen-this', { mode: 0o600 });
    giveAll(folder);
    const env = { BARBOSSA_ELASTICSEARCH_NAMES: 'search.example', BARBOSSA_CERTIFICATE_DAYS: '7' };

    const first = await prepareElasticsearch({ folder, env });
    expect(first).toContain('prepare: certificate: made for search.example,127.0.0.1, good for 7 days');
    const before = readAll();
    expect([...before.keys()].filter((name) => !name.startsWith('ca'))).toStrictEqual([
      'config/certs/ca.crt',
      'config/certs/node.crt',
      'config/certs/node.key',
      'config/service_tokens',
      'config/users',
      'config/users_roles',
      'secrets/kibana-user.password',
      'secrets/kibana.token',
      'secrets/reader.password',
      'secrets/setup.password',
      'secrets/writer.password',
      'stack-ca.crt',
    ]);
    expect(read('secrets/reader.password')).toBe('the-site-has-chosen-this');
    expect(read('secrets/writer.password')).toMatch(/^[0-9a-f]{48}$/);
    expect(read('config/users_roles').split('\n').sort()).toStrictEqual(
      [
        '',
        'barbossa_reader:barbossa_kibana,barbossa_reader',
        'barbossa_setup:barbossa_setup',
        'barbossa_writer:barbossa_writer',
        'kibana_admin:barbossa_kibana',
      ].sort(),
    );
    const certificate = readCertificate();
    expect(certificate.subjectAltName).toContain('DNS:search.example');
    expect(certificate.verify(new X509Certificate(read('ca.crt')).publicKey)).toBe(true);

    // Nobody but the owner reads what is secret; nothing is said of it either.
    for (const name of before.keys()) {
      if (name.endsWith('.key') || name.startsWith('secrets/')) {
        expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
      }
      if (name.startsWith('secrets/')) expect(first).not.toContain(read(name).trim());
    }

    rmSync(join(folder, 'config/certs/node.crt'));
    const second = await prepareElasticsearch({ folder, env });
    expect(second).toContain('certificate authority: kept');
    const after = readAll();
    const changed = [...after.keys()].filter((name) => after.get(name) !== before.get(name));
    expect(changed.filter((name) => !name.endsWith('/users'))).toStrictEqual([
      'config/certs/node.crt',
      'config/certs/node.key',
    ]);
    expect(readCertificate().serialNumber).not.toBe(certificate.serialNumber);
  },
);
