/**
 * One user's standing with one device: keeps its nonce, so that only the first request is asked for a password, and
 * stops trying for a while when the password is wrong, because devices lock an account after a few tries.
 */
import { randomBytes } from 'node:crypto';
import { RecoverableError } from '../../errors';
import { authorization, type Challenge, type Credentials, chooseChallenge } from './digest';

/** Cameras lock an account after 5 to 7 wrong tries within some minutes. */
const REFUSED_PAUSE_MS = 60_000;

export class Login {
  #challenge: Challenge | null = null;
  #nonceCount = 0;
  #refusedAtMs = -Infinity;

  /** `credentials`: null for a device that asks for none. */
  constructor(private readonly credentials: Credentials | null) {}

  /** The Authorization header of the next request; null before the device has asked. @throws wrong_password in the pause */
  header(method: string, uri: string): string | null {
    if (performance.now() - this.#refusedAtMs < REFUSED_PAUSE_MS) {
      throw wrongPassword('the device refused them before; tried again after a minute, so as not to lock the account');
    }
    if (this.#challenge === null || this.credentials === null) return null;
    this.#nonceCount += 1;
    const clientNonce = randomBytes(16).toString('hex');
    const request = { method, uri, nonceCount: this.#nonceCount, clientNonce };
    return authorization(this.#challenge, this.credentials, request);
  }

  /**
   * After a 401 to a request that carried `sent`: returns when it is worth sending it again.
   * @throws RecoverableError `wrong_password` when it is not
   */
  challenged(headers: readonly string[], sent: string | null): void {
    const wasFirstUse = this.#nonceCount === 1;
    const challenge = chooseChallenge(headers);
    this.#challenge = challenge;
    this.#nonceCount = 0;
    if (this.credentials === null)
      throw wrongPassword('the device asks for a user and password, and none is configured');
    if (challenge === null) {
      throw new RecoverableError('unsupported_login', 'the device asks for a login that is neither Digest nor Basic');
    }
    // A nonce used before may just have run out; one that was fresh is refused for the password.
    const isStale = challenge.scheme === 'digest' && (challenge.isStale || !wasFirstUse);
    if (sent === null || isStale) return;
    this.#refusedAtMs = performance.now();
    throw wrongPassword('the device refused user and password');
  }
}

function wrongPassword(message: string): RecoverableError {
  return new RecoverableError('wrong_password', message);
}
