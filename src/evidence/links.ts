/**
 * Evidence by link: `{base}/evidence/{day}/{file}?expires={epoch s}&signature={hex}`. Whoever has the link may look until it
 * expires; nobody can make one, or change one, without the box's key (pure but for the key file).
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What the evidence writer names its files. */
const NAME = /^(\d{4}-\d{2}-\d{2})\/([A-Za-z0-9][A-Za-z0-9._-]{0,160})$/;

export interface SignedName {
  /** Day folder and file. */
  readonly name: string;
  readonly expiresAtMs: number;
}

/** 32 random bytes, made once and kept beside the evidence; links stay good over restarts. */
export function readKey(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    const key = randomBytes(32);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, key, { mode: 0o600, flag: 'wx' });
    return key;
  }
}

export function signedLink(base: string, { name, expiresAtMs }: SignedName, key: Buffer): string {
  const expires = Math.floor(expiresAtMs / 1000);
  return `${base.replace(/\/$/, '')}/evidence/${name}?expires=${expires}&signature=${signature(name, expires, key)}`;
}

export type Visit =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly status: 400 | 403 | 410 };

/** @param path of the request, with its query */
export function checkVisit(path: string, key: Buffer, nowMs: number): Visit {
  const url = URL.canParse(path, 'http://box') ? new URL(path, 'http://box') : undefined;
  const name = url?.pathname.startsWith('/evidence/') === true ? url.pathname.slice('/evidence/'.length) : '';
  const expires = url?.searchParams.get('expires') ?? '';
  if (!NAME.test(name) || !/^\d{1,12}$/.test(expires)) return { ok: false, status: 400 };
  const wanted = Buffer.from(signature(name, Number(expires), key), 'hex');
  const shown = Buffer.from(url?.searchParams.get('signature') ?? '', 'hex');
  if (shown.length !== wanted.length || !timingSafeEqual(shown, wanted)) return { ok: false, status: 403 };
  return Number(expires) * 1000 > nowMs ? { ok: true, name } : { ok: false, status: 410 };
}

function signature(name: string, expires: number, key: Buffer): string {
  return createHmac('sha256', key).update(`${name}\n${expires}`).digest('hex');
}
