/** The certificate that a box makes for itself, held against the parsers of Node.js (OpenSSL). */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificateFile, keepCertificate, makeCertificate } from '../../src/console/certificate';

const NOW_MS = Date.UTC(2026, 10, 30, 12);
const NAMES = { hosts: ['localhost'], addresses: ['127.0.0.1'] };

it.each([
  ['192.168.1.20', '192.168.1.20'],
  ['::1', '::1'],
  ['fe80::42:acff:fe11:2', 'fe80:0:0:0:42:acff:fe11:2'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6'],
])('stands for the address %s', (address, other) => {
  const made = new X509Certificate(makeCertificate({ hosts: [], addresses: [address] }, NOW_MS).cert);
  expect(made.checkIP(other)).toBeDefined();
  expect(made.checkIP('10.9.9.9')).toBeUndefined();
});

it('takes more names than fit into one byte of length', () => {
  const hosts = Array.from({ length: 200 }, (_, index) => `box-${index}.example`);
  const { cert, key } = makeCertificate({ hosts, addresses: [] }, NOW_MS);
  const made = new X509Certificate(cert);
  expect(made.checkHost('box-199.example')).toBe('box-199.example');
  expect([made.checkPrivateKey(createPrivateKey(key)), made.verify(made.publicKey)]).toEqual([true, true]);
});

it.each([
  ['a clock that is right', NOW_MS, 'Nov 30 00:00:00 2036 GMT'],
  ['a clock that was never set', 0, 'Jan  1 12:00:00 2036 GMT'],
  ['a clock far ahead', Date.UTC(2045, 0, 1), 'Jan  1 12:00:00 2055 GMT'],
])('lasts for ten years with %s', (_, nowMs, end) => {
  const made = new X509Certificate(makeCertificate(NAMES, nowMs).cert);
  expect([made.validFrom, made.validTo]).toEqual(['Jan  1 00:00:00 2020 GMT', end]);
});

describe('the one on disk', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'anqi-certificate-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('stays, until a month before it is over', () => {
    const first = keepCertificate(folder, NOW_MS);
    expect(keepCertificate(folder, Date.UTC(2036, 9, 30))).toEqual(first);
    const next = keepCertificate(folder, Date.UTC(2036, 10, 2));
    expect(next.cert).not.toBe(first.cert);
    expect(readFileSync(certificateFile(folder), 'utf8')).toBe(next.cert);
  });

  it('is made anew where certificate and key do not belong together', () => {
    keepCertificate(folder, NOW_MS);
    writeFileSync(certificateFile(folder), makeCertificate(NAMES, NOW_MS).cert);
    const { cert, key } = keepCertificate(folder, NOW_MS);
    expect(new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))).toBe(true);
  });
});
