/** Properties of the outbox on a real SQLite in memory. */
import fc from 'fast-check';
import { openDatabase } from '../../src/outbox/database';
import { Outbox, type OutboxRow } from '../../src/outbox/outbox';

type Step =
  | { readonly kind: 'append' }
  | { readonly kind: 'failing append' }
  | { readonly kind: 'deliver'; readonly count: number }
  | { readonly kind: 'prune'; readonly maxDelivered: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.constant<Step>({ kind: 'append' }),
    fc.constant<Step>({ kind: 'failing append' }),
    fc.record({ kind: fc.constant('deliver' as const), count: fc.integer({ min: 0, max: 4 }) }),
    fc.record({ kind: fc.constant('prune' as const), maxDelivered: fc.integer({ min: 0, max: 3 }) }),
  ),
  { maxLength: 40 },
);

describe('the outbox', () => {
  it('numbers without gaps and never loses an undelivered row, whatever happens in between', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const outbox = new Outbox(openDatabase({ path: ':memory:', nowMs: 0 }).database);
        const appended: OutboxRow[] = [];
        const delivered = new Set<number>();
        for (const [nowMs, step] of sequence.entries()) play(step, { outbox, appended, delivered, nowMs });
        expect(appended.map((row) => row.sequence)).toEqual(appended.map((_, index) => index + 1));
        expect(new Set(appended.map((row) => row.id)).size).toBe(appended.length);
        const due = appended.filter((row) => !delivered.has(row.sequence));
        expect(outbox.claimDue({ limit: 1_000 })).toEqual(due);
        expect(outbox.depth()).toBe(due.length);
        outbox.close();
      }),
      { numRuns: 60 },
    );
  });

  it('keeps delivered rows for their time and number, then lets them go', () => {
    const outbox = new Outbox(openDatabase({ path: ':memory:', nowMs: 0 }).database);
    for (let at = 0; at < 6; at++) outbox.append(message, at);
    outbox.markDelivered([1, 2], 100);
    outbox.markDelivered([3, 4, 5], 200);
    expect(outbox.prune({ keepDeliveredMs: 50, maxDelivered: 10 }, 160)).toBe(2);
    expect(outbox.prune({ keepDeliveredMs: 500, maxDelivered: 1 }, 210)).toBe(2);
    expect(outbox.prune({ keepDeliveredMs: 0, maxDelivered: 0 }, 1_000)).toBe(1);
    expect(outbox.claimDue({ limit: 9 }).map((row) => row.sequence)).toEqual([6]);
    outbox.close();
  });

  it('claims in order from where the last claim ended', () => {
    const outbox = new Outbox(openDatabase({ path: ':memory:', nowMs: 0 }).database);
    for (let at = 0; at < 5; at++) outbox.append(message, at);
    outbox.markDelivered([3], 9);
    const claim = (afterSequence: number) => outbox.claimDue({ limit: 2, afterSequence }).map((row) => row.sequence);
    expect([claim(0), claim(2), claim(5)]).toEqual([[1, 2], [4, 5], []]);
    outbox.close();
  });

  it('tells the age of the oldest that waits, never below zero', () => {
    const outbox = new Outbox(openDatabase({ path: ':memory:', nowMs: 0 }).database);
    expect(outbox.oldestAgeMs(5_000)).toBe(0);
    outbox.append(message, 1_000);
    outbox.append(message, 3_000);
    expect([outbox.oldestAgeMs(5_000), outbox.oldestAgeMs(0)]).toEqual([4_000, 0]);
    outbox.markDelivered([1], 5_000);
    expect(outbox.oldestAgeMs(5_000)).toBe(2_000);
    outbox.close();
  });

  it('wakes its listener after the row can be read, until unsubscribed', () => {
    const outbox = new Outbox(openDatabase({ path: ':memory:', nowMs: 0 }).database);
    const depths: number[] = [];
    const unsubscribe = outbox.onAppend(() => depths.push(outbox.depth()));
    outbox.append(message, 0);
    outbox.append(message, 0);
    unsubscribe();
    outbox.append(message, 0);
    expect(depths).toEqual([1, 2]);
    outbox.close();
  });
});

const message = { topic: 't', build: ({ id, sequence }: { id: string; sequence: number }) => `${sequence} ${id}` };

function play(
  step: Step,
  world: { outbox: Outbox; appended: OutboxRow[]; delivered: Set<number>; nowMs: number },
): void {
  const { outbox, appended, delivered, nowMs } = world;
  if (step.kind === 'append') appended.push(outbox.append(message, nowMs));
  if (step.kind === 'failing append') {
    const build = () => {
      throw new Error('cannot be built');
    };
    expect(() => outbox.append({ topic: 't', build }, nowMs)).toThrow(/cannot be built/);
  }
  if (step.kind === 'deliver') {
    const due = outbox.claimDue({ limit: step.count }).map((row) => row.sequence);
    outbox.markDelivered(due, nowMs);
    for (const sequence of due) delivered.add(sequence);
  }
  if (step.kind === 'prune') outbox.prune({ keepDeliveredMs: 5, maxDelivered: step.maxDelivered }, nowMs);
}
