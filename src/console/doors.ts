/** Who comes in: the set-up code, logins, sessions, and how fast anybody may guess. */
import type { Account, Accounts } from './accounts';
import type { Role } from './contract';
import { ConsoleRefusal } from './refusal';
import type { KnownSession, Sessions } from './sessions';
import { dropSetUpCode, isSetUpCode, keepSetUpCode } from './set-up-code';
import { Throttle } from './throttle';

const MINUTE_MS = 60_000;
/** A name from one address: what a person mistypes. */
const PAIR = { free: 5, firstWaitMs: 10_000, longestWaitMs: 15 * MINUTE_MS };
/** One address trying many names. */
const ADDRESS = { free: 20, firstWaitMs: 30_000, longestWaitMs: 15 * MINUTE_MS };
/** Many addresses trying one name: generous, or anybody could lock the technician out. */
const NAME = { free: 200, firstWaitMs: 30_000, longestWaitMs: MINUTE_MS };

export interface Visitor {
  readonly session: KnownSession;
  readonly role: Role;
}

export interface DoorParts {
  readonly dataFolder: string;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly now: () => number;
}

export class Doors {
  readonly #pairs = new Throttle(PAIR);
  readonly #addresses = new Throttle(ADDRESS);
  readonly #names = new Throttle(NAME);
  readonly #codes = new Throttle(PAIR);
  readonly #allCodes = new Throttle(NAME);
  #isSettingUp = false;

  constructor(private readonly parts: DoorParts) {}

  visitor(token: string | undefined): Visitor | undefined {
    const session = token === undefined ? undefined : this.parts.sessions.find(token);
    const account = session === undefined ? undefined : this.parts.accounts.find(session.username);
    return session === undefined || account === undefined ? undefined : { session, role: account.role };
  }

  /** @throws ConsoleRefusal wrong_login | too_many | busy */
  async login(from: string, username: string, password: string): Promise<Account> {
    const nowMs = this.parts.now();
    const keys: readonly (readonly [Throttle, string])[] = [
      [this.#pairs, `${from} ${username}`],
      [this.#addresses, from],
      [this.#names, username],
    ];
    refuseWaiting(keys, nowMs);
    // Counted before it is known, so that a thousand at the same time are counted too.
    for (const [throttle, key] of keys) throttle.fail(key, nowMs);
    const account = await this.parts.accounts.check(username, password);
    if (account === undefined) throw new ConsoleRefusal('wrong_login', 'name or password is wrong');
    for (const [throttle, key] of keys) throttle.succeed(key);
    return account;
  }

  /** The first account. @throws ConsoleRefusal wrong_code | too_many | conflict | busy, or what `prepare` throws */
  async setUp(
    {
      from,
      code,
      username,
      password,
    }: { readonly from: string; readonly code: string; readonly username: string; readonly password: string },
    prepare: () => Promise<void>,
  ): Promise<void> {
    const { accounts, dataFolder } = this.parts;
    if (!accounts.isEmpty || this.#isSettingUp)
      throw new ConsoleRefusal('conflict', 'this box is set up already: log in');
    const nowMs = this.parts.now();
    const keys = [[this.#codes, from] as const, [this.#allCodes, ''] as const];
    refuseWaiting(keys, nowMs);
    if (!isSetUpCode(code, keepSetUpCode(dataFolder))) {
      for (const [throttle, key] of keys) throttle.fail(key, nowMs);
      throw new ConsoleRefusal('wrong_code', 'this is not the code of this box: see its log, or run anqi setup-code');
    }
    this.#isSettingUp = true;
    try {
      await prepare();
      await accounts.add({ username, role: 'technician' }, password);
      dropSetUpCode(dataFolder);
    } finally {
      this.#isSettingUp = false;
    }
  }
}

function refuseWaiting(keys: readonly (readonly [Throttle, string])[], nowMs: number): void {
  const waitMs = Math.max(...keys.map(([throttle, key]) => throttle.waitMs(key, nowMs)));
  if (waitMs === 0) return;
  const retryAfterS = Math.ceil(waitMs / 1000);
  throw new ConsoleRefusal('too_many', `too many wrong tries: wait ${retryAfterS} s`, retryAfterS);
}
