/** Who may log in, in a file that only the service can read. While it is empty the box shows its set-up page and nothing else. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FatalError, messageOf } from '../errors';
import { writeDurably } from '../runtime/write-durably';

import { hashPassword, isPassword } from './password';
import { ConsoleRefusal } from './refusal';
import { ROLES, type Role } from './route';

const accountsSchema = z.array(z.strictObject({ username: z.string(), role: z.enum(ROLES), password: z.string() }));
type Stored = z.infer<typeof accountsSchema>[number];

export interface Account {
  readonly username: string;
  readonly role: Role;
}

const MAX_ACCOUNTS = 50;
/** Costs an unknown name as much time as a known one. */
const NOBODY = 'AAAAAAAAAAAAAAAAAAAAAA==:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';

export class Accounts {
  readonly #path: string;
  #stored: readonly Stored[];

  /** @throws FatalError console/accounts when the file is there and cannot be understood: never open the box instead */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#path = join(folder, 'accounts.json');
    this.#stored = readStored(this.#path);
  }

  get isEmpty(): boolean {
    return this.#stored.length === 0;
  }

  list(): readonly Account[] {
    return this.#stored.map(({ username, role }) => ({ username, role }));
  }

  find(username: string): Account | undefined {
    return this.list().find((one) => one.username === username);
  }

  async check(username: string, password: string): Promise<Account | undefined> {
    const stored = this.#stored.find((one) => one.username === username);
    const isRight = await isPassword(password, stored?.password ?? NOBODY);
    return isRight && stored !== undefined ? { username, role: stored.role } : undefined;
  }

  async add({ username, role }: Account, password: string): Promise<void> {
    const hash = await hashPassword(password);
    if (this.find(username) !== undefined) throw new ConsoleRefusal('conflict', `there is a login ${username} already`);
    if (this.#stored.length >= MAX_ACCOUNTS) throw new ConsoleRefusal('conflict', `at most ${MAX_ACCOUNTS} logins`);
    this.#write([...this.#stored, { username, role, password: hash }]);
  }

  async setPassword(username: string, password: string): Promise<void> {
    const hash = await hashPassword(password);
    this.#write(this.#stored.map((one) => (one.username === username ? { ...one, password: hash } : one)));
  }

  remove(username: string): void {
    const left = this.#stored.filter((one) => one.username !== username);
    if (left.length === this.#stored.length) throw new ConsoleRefusal('not_found', `no login ${username}`);
    if (!left.some(({ role }) => role === 'technician')) {
      throw new ConsoleRefusal('conflict', 'the last technician stays, or nobody could look after the box');
    }
    this.#write(left);
  }

  #write(stored: readonly Stored[]): void {
    writeDurably(this.#path, JSON.stringify(stored, null, 2), 0o600);
    this.#stored = stored;
  }
}

function readStored(path: string): readonly Stored[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new FatalError('console/accounts', `${path}: ${messageOf(error)}`, { cause: error });
  }
  try {
    return accountsSchema.parse(JSON.parse(text));
  } catch (cause) {
    const advice = 'bring back a copy, or delete it to set the console up anew with a new code';
    throw new FatalError('console/accounts', `${path}: not a list of logins; ${advice}`, { cause });
  }
}
