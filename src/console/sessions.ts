/** Who is logged in. Only hashes are kept, on disk too, so that a restart of the service sends nobody to the login page. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../runtime/write-durably';

const HOUR_MS = 3_600_000;
/** A technician who walks to the next pole comes back to the same page; a laptop left in the car does not stay open. */
const IDLE_MS = 2 * HOUR_MS;
const LONGEST_MS = 12 * HOUR_MS;
const MAX_SESSIONS = 200;
const TOKEN_BYTES = 32;

const sessionsSchema = z.array(
  z.strictObject({
    hash: z.string(),
    username: z.string(),
    csrf: z.string(),
    begunAtMs: z.number(),
    seenAtMs: z.number(),
  }),
);
type Session = z.infer<typeof sessionsSchema>[number];

export type KnownSession = Pick<Session, 'username' | 'csrf' | 'hash'>;

export class Sessions {
  readonly #path: string;
  #sessions: Map<string, Session>;

  constructor(
    folder: string,
    private readonly now: () => number = Date.now,
  ) {
    this.#path = join(folder, 'sessions.json');
    this.#sessions = new Map(readStored(this.#path).map((one) => [one.hash, one]));
  }

  /** @returns the token for the cookie; it is kept nowhere */
  begin(username: string): { readonly token: string; readonly session: KnownSession } {
    const nowMs = this.now();
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const csrf = randomBytes(TOKEN_BYTES).toString('base64url');
    const session = { hash: hashOf(token), username, csrf, begunAtMs: nowMs, seenAtMs: nowMs };
    this.#dropOver(nowMs);
    this.#sessions.set(session.hash, session);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    this.save();
    return { token, session };
  }

  find(token: string): KnownSession | undefined {
    const session = this.#sessions.get(hashOf(token));
    if (session === undefined || this.#isOver(session, this.now())) return undefined;
    session.seenAtMs = this.now();
    return session;
  }

  end(hash: string): void {
    this.#sessions.delete(hash);
    this.save();
  }

  /** All of an account, but one. */
  endAll(username: string, but?: string): void {
    for (const one of this.#sessions.values())
      if (one.username === username && one.hash !== but) this.#sessions.delete(one.hash);
    this.save();
  }

  save(): void {
    writeDurably(this.#path, JSON.stringify([...this.#sessions.values()]), 0o600);
  }

  #isOver({ begunAtMs, seenAtMs }: Session, nowMs: number): boolean {
    return nowMs - seenAtMs > IDLE_MS || nowMs - begunAtMs > LONGEST_MS;
  }

  #dropOver(nowMs: number): void {
    for (const one of this.#sessions.values()) if (this.#isOver(one, nowMs)) this.#sessions.delete(one.hash);
  }
}

/** A file that cannot be read costs everybody a login, nothing more. */
function readStored(path: string): Session[] {
  try {
    return sessionsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return [];
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
