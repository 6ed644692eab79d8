/** Passwords as scrypt hashes. One hash takes 32 MiB and a tenth of a second, so few run at once and few may wait. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { ConsoleRefusal } from './refusal';

/** OWASP's figures for scrypt; 128 × N × r bytes of memory. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MAX_RUNNING = 2;
const MAX_WAITING = 16;

let running = 0;
const waiting: (() => void)[] = [];

/** @returns salt and hash, base64 with a colon between. @throws ConsoleRefusal busy */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return `${salt.toString('base64')}:${(await derive(password, salt)).toString('base64')}`;
}

/** @throws ConsoleRefusal busy */
export async function isPassword(password: string, stored: string): Promise<boolean> {
  const [salt = '', hash = ''] = stored.split(':').map((part) => Buffer.from(part, 'base64'));
  const wanted = Buffer.from(hash);
  const given = await derive(password, Buffer.from(salt));
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

async function derive(password: string, salt: Buffer): Promise<Buffer> {
  while (running >= MAX_RUNNING) {
    if (waiting.length >= MAX_WAITING) throw new ConsoleRefusal('busy', 'too many logins at once, try again');
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  running += 1;
  try {
    // The same password typed on two keyboards may come in two Unicode forms.
    return await new Promise((resolve, reject) =>
      scrypt(password.normalize('NFKC'), salt, HASH_BYTES, COST, (error, key) =>
        error === null ? resolve(key) : reject(error),
      ),
    );
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}
