/**
 * Who may watch: Digest (RFC 2617, MD5, as cameras do it) or Basic.
 */
import { createHash } from 'node:crypto';
import type { RtspRequest } from './wire';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export type AuthScheme = 'digest' | 'basic';

const REALM = 'Anqi camera';

/** The value of WWW-Authenticate. */
export function challenge(scheme: AuthScheme, nonce: string): string {
  return scheme === 'basic' ? `Basic realm="${REALM}"` : `Digest realm="${REALM}", nonce="${nonce}"`;
}

/** True when the request proves that it knows user and password under the given challenge. */
export function isAuthorized(
  request: RtspRequest,
  credentials: Credentials,
  expected: { readonly scheme: AuthScheme; readonly nonce: string },
): boolean {
  const header = request.headers.get('authorization') ?? '';
  const { user, password } = credentials;
  if (expected.scheme === 'basic') {
    return header === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  }
  const field = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(header)?.[1] ?? '';
  const secret = md5(`${user}:${REALM}:${password}`);
  const answer = md5(`${secret}:${expected.nonce}:${md5(`${request.method}:${field('uri')}`)}`);
  return /^Digest /i.test(header) && field('username') === user && field('response') === answer;
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
