/** Ended incidents in a box's database, as many as a busy junction has in a year. */
import type { openDatabase } from '../../src/outbox/database';

const DAY_MS = 86_400_000;

/** Two of three corrected, every other one after a second prompt, spread evenly over `days`. */
export function fillIncidents(
  database: ReturnType<typeof openDatabase>['database'],
  { count, days, nowMs }: { readonly count: number; readonly days: number; readonly nowMs: number },
): void {
  const insert = database.prepare('INSERT INTO ended VALUES (?, ?, ?, ?, ?, ?, ?)');
  database.exec('BEGIN');
  for (let index = 0; index < count; index++) {
    const isCorrected = index % 3 > 0;
    const heard = [{ number: 1, lang: 'zh-CN' }, ...(index % 2 ? [{ number: 2, lang: 'wuu' }] : [])];
    const atMs = nowMs - 2_000 - Math.round((index * days * DAY_MS) / count);
    const result = isCorrected ? 'corrected' : 'not_corrected';
    const reactionMs = isCorrected ? 3_000 : null;
    insert.run(`many-${index}`, 'c1', atMs, 'driver', result, JSON.stringify(heard), reactionMs);
  }
  database.exec('COMMIT');
}
