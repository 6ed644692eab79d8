/** What groups of processes take of the machine, from /proc, once a second. A process that is killed leaves what it took until then. */
import { readFileSync } from 'node:fs';

export interface Taken {
  /** Mean over all seconds: 1 = one core. */
  readonly cores: number;
  /** The busiest ten seconds. */
  readonly peakCores: number;
  /** Resident, all processes of the group together, at its highest. */
  readonly peakBytes: number;
  readonly writtenBytes: number;
}

interface Account {
  cpuS: number;
  writtenBytes: number;
  peakBytes: number;
  readonly cpuOfSecond: number[];
  /** Counters of each process when last looked at. */
  last: ReadonlyMap<number, Counters>;
}

interface Counters {
  readonly cpuS: number;
  readonly residentBytes: number;
  readonly writtenBytes: number;
}

/** USER_HZ, the same on every Linux of today. */
const TICKS_PER_S = 100;
const SAMPLE_MS = 1_000;
const PEAK_SAMPLES = 10;

export class Usage<Group extends string> implements Disposable {
  readonly #accounts: ReadonlyMap<Group, Account>;
  readonly #timer: NodeJS.Timeout;
  readonly #sinceMs = performance.now();

  /** @param pids asked anew every second; 0 is nobody */
  constructor(private readonly pids: Readonly<Record<Group, () => readonly number[]>>) {
    const empty = (): Account => ({ cpuS: 0, writtenBytes: 0, peakBytes: 0, cpuOfSecond: [], last: new Map() });
    this.#accounts = new Map(keysOf(pids).map((group) => [group, empty()]));
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
    // What they took before is not ours to count.
    this.#sample();
    for (const account of this.#accounts.values()) {
      account.cpuS = 0;
      account.writtenBytes = 0;
      account.cpuOfSecond.length = 0;
    }
  }

  taken(group: Group): Taken {
    this.#sample();
    const seconds = (performance.now() - this.#sinceMs) / 1000;
    const account = this.#accounts.get(group);
    if (account === undefined) throw new RangeError(`no group ${group}`);
    const { cpuS, peakBytes, writtenBytes, cpuOfSecond } = account;
    const windows = cpuOfSecond.map((_, end) => sum(cpuOfSecond.slice(Math.max(0, end - PEAK_SAMPLES + 1), end + 1)));
    return { cores: cpuS / seconds, peakCores: Math.max(0, ...windows) / PEAK_SAMPLES, peakBytes, writtenBytes };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    for (const [group, account] of this.#accounts) {
      const now = new Map<number, Counters>();
      for (const pid of this.pids[group]()) {
        const counters = pid === 0 ? undefined : countersOf(pid);
        if (counters !== undefined) now.set(pid, counters);
      }
      const grown = (what: 'cpuS' | 'writtenBytes') =>
        sum([...now].map(([pid, counters]) => counters[what] - (account.last.get(pid)?.[what] ?? 0)));
      const cpuS = grown('cpuS');
      account.cpuS += cpuS;
      account.cpuOfSecond.push(cpuS);
      account.writtenBytes += grown('writtenBytes');
      account.peakBytes = Math.max(account.peakBytes, sum([...now.values()].map(({ residentBytes }) => residentBytes)));
      account.last = now;
    }
  }
}

/** undefined once the process is gone. */
function countersOf(pid: number): Counters | undefined {
  try {
    const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const fields = rest.split(' ');
    const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])];
    const line = (file: string, name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1] ?? 0);
    return {
      cpuS: (userTicks + systemTicks) / TICKS_PER_S,
      residentBytes: line('status', 'VmRSS') * 1024,
      writtenBytes: line('io', 'write_bytes'),
    };
  } catch {
    return undefined;
  }
}

function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  const isKey = (key: string): key is K => Object.hasOwn(record, key);
  return Object.keys(record).filter(isKey);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
