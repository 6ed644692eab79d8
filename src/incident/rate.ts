/**
 * The figures of a site (pure), from what became of each person and from who arrived with and without a helmet.
 * Correction rate = corrected ÷ (corrected + not corrected), among those who heard a prompt; unknown stands beside it.
 */
import type { HeadState, PromptLanguage, Seat } from '../domain';
import type { OutcomeResult } from './incident';

/** One incident that is over. */
export interface Ended {
  readonly incidentId: string;
  readonly cameraId: string;
  readonly atMs: number;
  readonly seat: Seat;
  readonly result: OutcomeResult;
  /** The prompts this person could hear, in order; of a corrected one up to the helmet. */
  readonly heard: readonly { readonly number: number; readonly lang: PromptLanguage }[];
  readonly reactionMs: number | null;
}

/** Incidents of a day, or of an hour of the day (whatever camera and seat), that ended alike; `atMs` is one of them. */
export interface EndedGroup extends Omit<Ended, 'incidentId' | 'reactionMs'> {
  readonly people: number;
}

/** The same people twice: in rows of one day each, and in rows of one hour of the day each. */
export interface Grouped {
  readonly groups: readonly EndedGroup[];
  readonly arrivals: readonly Arrivals[];
}

/** Riders of a quarter of an hour by what their heads showed first; `unknown` = never decided. */
export interface Arrivals {
  readonly cameraId: string;
  readonly atMs: number;
  readonly seat: Seat;
  readonly head: HeadState;
  readonly riders: number;
}

export interface Counts {
  /** Heard at least one prompt; corrected + notCorrected + unknown. */
  readonly reminded: number;
  readonly corrected: number;
  readonly notCorrected: number;
  readonly unknown: number;
  /** Per cent with two decimals; null where nobody is known. */
  readonly correctionRate: number | null;
}

export interface HelmetUse {
  /** Whose head could be judged on arrival. */
  readonly riders: number;
  readonly helmeted: number;
  readonly undecided: number;
  /** Per cent with two decimals; null without riders. */
  readonly helmetUseRate: number | null;
}

export interface Figures {
  readonly total: Counts;
  /** Ended without having heard a prompt: put it on by themselves, left before, or nobody may be spoken to. */
  readonly notReminded: number;
  /** Half of the corrected reacted within; null without any. */
  readonly medianReactionMs: number | null;
  readonly helmetUse: HelmetUse;
  readonly helmetUseBy: Readonly<Record<'day' | 'hour', Readonly<Record<string, HelmetUse>>>>;
  readonly by: Readonly<Record<Dimension, Readonly<Record<string, Counts>>>>;
}

export type Dimension = 'camera' | 'day' | 'hour' | 'language' | 'seat' | 'prompt';

/** Local date (2026-11-27) and hour (08) at the site. */
export type Clock = (atMs: number) => { readonly day: string; readonly hour: string };

export function figures(ended: readonly Ended[], arrivals: readonly Arrivals[], clock: Clock): Figures {
  const reactions = ended
    .flatMap(({ heard, reactionMs }) => (heard.length === 0 || reactionMs === null ? [] : [reactionMs]))
    .sort((a, b) => a - b);
  const medianReactionMs = reactions[Math.floor((reactions.length - 1) / 2)] ?? null;
  const groups = ended.map((one) => ({ ...one, people: 1 }));
  const all = { groups, arrivals };
  return figuresOf({ days: all, hours: all, medianReactionMs }, clock);
}

/** The same of many incidents at once. */
export function figuresOf(
  found: {
    readonly days: Grouped;
    readonly hours: Grouped;
    readonly medianReactionMs: number | null;
  },
  clock: Clock,
): Figures {
  const { days, hours, medianReactionMs } = found;
  const { groups, arrivals } = days;
  const isReminded = ({ heard }: EndedGroup): boolean => heard.length > 0;
  const reminded = groups.filter(isReminded);
  const langs = (['zh-CN', 'wuu'] as const).filter((lang) => reminded.some((one) => heardIn(one, lang)));
  const numbers = [...new Set(reminded.flatMap(({ heard }) => heard.map(({ number }) => number)))].sort(
    (a, b) => a - b,
  );
  return {
    total: counts(reminded),
    notReminded: peopleIn(groups) - peopleIn(reminded),
    medianReactionMs,
    helmetUse: helmetUse(arrivals),
    helmetUseBy: {
      day: byKey(arrivals, ({ atMs }) => clock(atMs).day, helmetUse),
      hour: byKey(hours.arrivals, ({ atMs }) => clock(atMs).hour, helmetUse),
    },
    by: {
      camera: byKey(
        reminded,
        ({ cameraId }) => cameraId,
        (group) => counts(group),
      ),
      day: byKey(
        reminded,
        ({ atMs }) => clock(atMs).day,
        (group) => counts(group),
      ),
      hour: byKey(
        hours.groups.filter(isReminded),
        ({ atMs }) => clock(atMs).hour,
        (group) => counts(group),
      ),
      seat: byKey(
        reminded,
        ({ seat }) => seat,
        (group) => counts(group),
      ),
      language: Object.fromEntries(langs.map((lang) => [lang, ofLanguage(reminded, lang)])),
      prompt: Object.fromEntries(numbers.map((number) => [String(number), ofPrompt(reminded, number)])),
    },
  };
}

/** Groups as they are listed: a script's objects give 10 before 08. */
export function listed<T>(dimension: Dimension, groups: Readonly<Record<string, T>>): [key: string, one: T][] {
  const all = Object.entries(groups);
  return dimension === 'hour' ? all.sort(([a], [b]) => a.localeCompare(b)) : all;
}

export function helmetUse(arrivals: readonly Arrivals[]): HelmetUse {
  const sum = (head: HeadState): number => arrivals.reduce((all, one) => all + (one.head === head ? one.riders : 0), 0);
  const [helmeted, bare] = [sum('worn'), sum('not_worn')];
  const riders = helmeted + bare;
  return { riders, helmeted, undecided: sum('unknown'), helmetUseRate: percent(helmeted, riders) };
}

function counts(
  reminded: readonly EndedGroup[],
  isCorrected = (one: EndedGroup): boolean => one.result === 'corrected',
): Counts {
  const all = peopleIn(reminded);
  const unknown = peopleIn(reminded.filter(({ result }) => result.startsWith('unknown_')));
  const corrected = peopleIn(reminded.filter(isCorrected));
  const known = all - unknown;
  return {
    ...{ reminded: all, corrected, notCorrected: known - corrected, unknown },
    correctionRate: percent(corrected, known),
  };
}

function peopleIn(groups: readonly EndedGroup[]): number {
  return groups.reduce((sum, { people }) => sum + people, 0);
}

/** Of those who heard a prompt in this language: who put it on after one in it and before any other. */
function ofLanguage(reminded: readonly EndedGroup[], lang: PromptLanguage): Counts {
  return counts(
    reminded.filter((one) => heardIn(one, lang)),
    (one) => one.result === 'corrected' && one.heard.at(-1)?.lang === lang,
  );
}

/** Of those who heard this prompt: who put it on after it and before the next. */
function ofPrompt(reminded: readonly EndedGroup[], number: number): Counts {
  return counts(
    reminded.filter(({ heard }) => heard.some((one) => one.number === number)),
    (one) => one.result === 'corrected' && one.heard.at(-1)?.number === number,
  );
}

function heardIn({ heard }: Pick<Ended, 'heard'>, lang: PromptLanguage): boolean {
  return heard.some((one) => one.lang === lang);
}

function byKey<T, R>(all: readonly T[], keyOf: (one: T) => string, sum: (group: readonly T[]) => R): Record<string, R> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return Object.fromEntries(
    [...groups].sort(([a], [b]) => a.localeCompare(b)).map(([key, group]) => [key, sum(group)]),
  );
}

function percent(part: number, all: number): number | null {
  return all === 0 ? null : Math.round((part / all) * 10_000) / 100;
}
