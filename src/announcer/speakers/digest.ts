/**
 * What a device asks for in WWW-Authenticate, and the answer to it: Digest (RFC 7616, and RFC 2069 where an old device
 * knows no qop) with SHA-256 or MD5, or Basic (RFC 7617). Pure; HTTP and RTSP use it alike.
 */
import { createHash } from 'node:crypto';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'digest';
      readonly realm: string;
      readonly nonce: string;
      readonly opaque: string | null;
      readonly algorithm: DigestAlgorithm;
      /** As the device spelt it; null when it named none. */
      readonly algorithmName: string | null;
      readonly hasQop: boolean;
      /** The nonce was too old; user and password may be right. */
      readonly isStale: boolean;
    };

type DigestAlgorithm = 'md5' | 'md5-sess' | 'sha-256' | 'sha-256-sess';

/** Best first. Basic shows the password to whoever listens, so it comes last. */
const PREFERENCE = ['sha-256', 'sha-256-sess', 'md5', 'md5-sess', 'basic'] as const;

/** A scheme's name, or a parameter with its value in quotes or without. */
const TOKEN = /([\w-]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s,"]*))|([\w-]+)/g;

/** The best challenge that can be answered, of all header lines; null when there is none. */
export function chooseChallenge(headers: readonly string[]): Challenge | null {
  const known = headers.flatMap(splitChallenges).flatMap(readChallenge);
  const rank = (one: Challenge): number => PREFERENCE.indexOf(one.scheme === 'basic' ? 'basic' : one.algorithm);
  return known.sort((a, b) => rank(a) - rank(b))[0] ?? null;
}

interface RawChallenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** One line may hold several challenges; a word without a value begins the next. */
function splitChallenges(header: string): readonly RawChallenge[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  for (const [, name, quoted, bare, scheme] of header.matchAll(TOKEN)) {
    if (scheme !== undefined) found.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    else if (name !== undefined) {
      found.at(-1)?.parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '');
    }
  }
  return found;
}

function readChallenge({ scheme, parameters }: RawChallenge): readonly Challenge[] {
  if (scheme === 'basic') return [{ scheme: 'basic' }];
  const algorithmName = parameters.get('algorithm') ?? null;
  const algorithm = (algorithmName ?? 'MD5').toLowerCase();
  const nonce = parameters.get('nonce');
  const qop = parameters.get('qop');
  if (scheme !== 'digest' || nonce === undefined || !isKnown(algorithm)) return [];
  if (qop !== undefined && !qop.split(',').some((one) => one.trim() === 'auth')) return []; // auth-int alone
  const isStale = parameters.get('stale')?.toLowerCase() === 'true';
  const realm = parameters.get('realm') ?? '';
  const opaque = parameters.get('opaque') ?? null;
  return [{ scheme: 'digest', realm, nonce, opaque, algorithm, algorithmName, hasQop: qop !== undefined, isStale }];
}

function isKnown(algorithm: string): algorithm is DigestAlgorithm {
  return PREFERENCE.some((one) => one !== 'basic' && one === algorithm);
}

export interface AuthorizedRequest {
  readonly method: string;
  /** Path and query exactly as in the request line (for RTSP the whole URL). */
  readonly uri: string;
  /** How often this nonce has been used, this time included. */
  readonly nonceCount: number;
  readonly clientNonce: string;
}

/** The value of the Authorization header. */
export function authorization(challenge: Challenge, { username, password }: Credentials, request: AuthorizedRequest) {
  if (challenge.scheme === 'basic') return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const { realm, nonce, opaque, algorithm, algorithmName, hasQop } = challenge;
  const { method, uri, clientNonce } = request;
  const hash = (text: string): string =>
    createHash(algorithm.startsWith('md5') ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const secret = hash(`${username}:${realm}:${password}`);
  const key = algorithm.endsWith('-sess') ? hash(`${secret}:${nonce}:${clientNonce}`) : secret;
  const count = request.nonceCount.toString(16).padStart(8, '0');
  const middle = hasQop ? `${nonce}:${count}:${clientNonce}:auth` : nonce;
  const parts = [
    `username=${quote(username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response="${hash(`${key}:${middle}:${hash(`${method}:${uri}`)}`)}"`,
    ...(algorithmName === null ? [] : [`algorithm=${algorithmName}`]),
    ...(opaque === null ? [] : [`opaque=${quote(opaque)}`]),
    ...(hasQop ? ['qop=auth', `nc=${count}`] : []),
    ...(hasQop || algorithm.endsWith('-sess') ? [`cnonce=${quote(clientNonce)}`] : []),
  ];
  return `Digest ${parts.join(', ')}`;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
