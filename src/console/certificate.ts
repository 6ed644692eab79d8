/**
 * The certificate of a box that has none of its own: self-signed, made once and kept in the data folder. Browsers warn until
 * somebody has compared its fingerprint, and then give the page what they keep for https, the microphone among it.
 * X.509 v3 (RFC 5280) in DER, written by hand: one fixed form of some twenty fields is less than a library would bring.
 */
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { writeDurably } from '../runtime/write-durably';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

export interface Names {
  readonly hosts: readonly string[];
  /** IPv4 and IPv6. */
  readonly addresses: readonly string[];
}

const YEAR_MS = 365.25 * 86_400_000;
const VALID_YEARS = 10;
/** A box whose clock was never set must not make one that is over as soon as the clock is right. */
const EARLIEST_NOW_MS = Date.UTC(2026, 0, 1);
const VALID_FROM_MS = Date.UTC(2020, 0, 1);
/** Renewed at the last start before that. */
const RENEW_BEFORE_MS = 30 * 86_400_000;

/** The one in `folder`, or a new one where it is missing, broken or about to run out. Throws what the file system throws. */
export function keepCertificate(folder: string, nowMs: number): Certificate {
  const known = readCertificate(folder);
  if (known !== undefined && isGood(known, nowMs)) return known;
  const made = makeCertificate(ownNames(), nowMs);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // A power cut between the two leaves a pair that does not fit, which is made anew.
  writeDurably(keyFile(folder), made.key, 0o600);
  writeDurably(certificateFile(folder), made.cert, 0o644);
  return made;
}

/** As browsers show it: pairs of hexadecimal digits with colons (SHA-256). */
export function fingerprintOf(cert: string): string {
  return new X509Certificate(cert).fingerprint256;
}

export function certificateFile(folder: string): string {
  return join(folder, 'certificate.pem');
}

function keyFile(folder: string): string {
  return join(folder, 'certificate-key.pem');
}

function readCertificate(folder: string): Certificate | undefined {
  try {
    return { cert: readFileSync(certificateFile(folder), 'utf8'), key: readFileSync(keyFile(folder), 'utf8') };
  } catch {
    return undefined;
  }
}

function isGood({ cert, key }: Certificate, nowMs: number): boolean {
  try {
    const parsed = new X509Certificate(cert);
    return parsed.checkPrivateKey(createPrivateKey(key)) && Date.parse(parsed.validTo) - nowMs > RENEW_BEFORE_MS;
  } catch {
    return false;
  }
}

/** Under which a browser may reach this box. */
function ownNames(): Names {
  const name = hostname().replace(/[^A-Za-z0-9.-]/g, '-');
  const addresses = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
  const hosts = ['localhost', ...(name === '' ? [] : [name, ...(name.includes('.') ? [] : [`${name}.local`])])];
  return { hosts, addresses: [...new Set(addresses.map((address) => address.replace(/%.*/, '')))] };
}

export function makeCertificate({ hosts, addresses }: Names, nowMs: number): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const name = sequence(der(TAG.set, sequence(oid(OID.commonName), text(TAG.utf8, 'Anqi'))));
  const endMs = Math.max(nowMs, EARLIEST_NOW_MS) + VALID_YEARS * YEAR_MS;
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const alternatives = [
    ...hosts.map((host) => text(TAG.dnsName, host)),
    ...addresses.map((address) => der(TAG.ipAddress, bytesOf(address))),
  ];
  const extensions = sequence(
    // Not a CA: whoever trusts this box trusts nothing else with it.
    extension(OID.basicConstraints, sequence(), { isCritical: true }),
    extension(OID.keyUsage, der(TAG.bits, Buffer.from([7, 0x80])), { isCritical: true }),
    extension(OID.extendedKeyUsage, sequence(oid(OID.serverAuth))),
    extension(OID.subjectAltName, sequence(...alternatives)),
    extension(OID.subjectKeyIdentifier, der(TAG.octets, createHash('sha1').update(spki).digest())),
  );
  const toBeSigned = sequence(
    der(TAG.version, integer(Buffer.from([2]))),
    integer(randomBytes(16)),
    algorithm,
    name,
    sequence(time(VALID_FROM_MS), time(endMs)),
    name,
    spki,
    der(TAG.extensions, extensions),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', toBeSigned, privateKey)]);
  const certificate = sequence(toBeSigned, algorithm, der(TAG.bits, signature));
  const base64 = certificate.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  dnsName: 0x82,
  ipAddress: 0x87,
  version: 0xa0,
  extensions: 0xa3,
} as const;

/** DER of the dotted numbers beside them. */
const OID = {
  commonName: '550403', // 2.5.4.3
  subjectKeyIdentifier: '551d0e', // 2.5.29.14
  keyUsage: '551d0f', // 2.5.29.15
  subjectAltName: '551d11', // 2.5.29.17
  basicConstraints: '551d13', // 2.5.29.19
  extendedKeyUsage: '551d25', // 2.5.29.37
  serverAuth: '2b06010505070301', // 1.3.6.1.5.5.7.3.1
  ecdsaWithSha256: '2a8648ce3d040302', // 1.2.840.10045.4.3.2
} as const;

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const bytes = content.length.toString(16);
  const length = Buffer.from(bytes.padStart(bytes.length + (bytes.length % 2), '0'), 'hex');
  const head = content.length < 0x80 ? length : Buffer.concat([Buffer.from([0x80 | length.length]), length]);
  return Buffer.concat([Buffer.from([tag]), head, content]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(TAG.sequence, ...parts);
}

function text(tag: number, value: string): Buffer {
  return der(tag, Buffer.from(value, 'utf8'));
}

function oid(hex: string): Buffer {
  return der(TAG.oid, Buffer.from(hex, 'hex'));
}

/** Positive and without leading zeros, whatever the bytes are. */
function integer(bytes: Buffer): Buffer {
  return der(TAG.integer, Buffer.from([(bytes[0] ?? 0) & 0x7f || 1]), bytes.subarray(1));
}

function time(ms: number): Buffer {
  const digits = new Date(ms)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  return digits < '2050' ? text(TAG.utcTime, digits.slice(2)) : text(TAG.generalizedTime, digits);
}

function extension(id: string, value: Buffer, { isCritical = false } = {}): Buffer {
  const critical = isCritical ? [der(TAG.boolean, Buffer.from([0xff]))] : [];
  return sequence(oid(id), ...critical, der(TAG.octets, value));
}

function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [left = '', right] = address.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [head, tail] = [groups(left), groups(right ?? '')];
  const zeros = Array.from({ length: right === undefined ? 0 : 8 - head.length - tail.length }, () => '0');
  return Buffer.from([...head, ...zeros, ...tail].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
