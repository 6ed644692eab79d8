/** Truth and tracks as files: read, checked as a whole, every problem with its place. scripts/simulator/README.md describes the truth. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CLOTHING_COLOURS } from '../domain';
import { FatalError, messageOf } from '../errors';
import type { TrackedFrame, Truth } from './clip';

const ratio = z.number().min(0).max(1);
const box = z.object({ x: ratio, y: ratio, w: ratio, h: ratio });
const id = z.string().min(1);
const seat = z.enum(['driver', 'passenger', 'child']);
const second = z.number().min(0);

const truthSchema = z.object({
  /** Absent: simulated. A clip of a real street says `real`. */
  origin: z.enum(['simulated', 'real']).default('simulated'),
  video: z.object({
    fps: z.number().positive(),
    width: z.int().positive(),
    height: z.int().positive(),
    durationS: z.number().positive(),
  }),
  actors: z.array(
    z.object({
      id,
      kind: z.string().min(1),
      persons: z.array(z.object({ id, seat, upperColour: z.enum(CLOTHING_COLOURS).optional() })).default([]),
    }),
  ),
  frames: z
    .array(
      z.object({
        t: second,
        vehicles: z.array(
          z.object({
            id,
            kind: z.string().min(1),
            ridden: z.boolean(),
            box,
            persons: z.array(z.object({ id, seat, head: box.nullable(), state: z.enum(['worn', 'not_worn']) })),
          }),
        ),
        pedestrians: z.array(z.object({ id, kind: z.string().min(1), box })).default([]),
      }),
    )
    .min(1, 'no frames'),
});

const trackedFrame = z.object({
  t: second,
  riders: z.array(
    z.object({
      trackId: z.int().min(0),
      box: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
    }),
  ),
});

const MOST_PROBLEMS = 20;

/** @throws FatalError `score/truth` naming every problem */
export function readTruth(file: string): Truth {
  const result = truthSchema.safeParse(json(read(file, 'truth'), file, 'truth'));
  if (!result.success) {
    throw refusal(
      file,
      'truth',
      result.error.issues.map(({ path, message }) => `${placeOf(path)}: ${message}`),
    );
  }
  const problems = contradictions(result.data);
  if (problems.length > 0) throw refusal(file, 'truth', problems);
  return result.data;
}

/** What a schema cannot say: frames in order and inside the clip, nobody who is not in the cast. */
function contradictions({ video, actors, frames }: Truth): string[] {
  const cast = new Set(actors.flatMap((actor) => [actor.id, ...actor.persons.map((person) => person.id)]));
  return frames.flatMap(({ t, vehicles }, index) => {
    const before = frames[index - 1];
    const late = before !== undefined && t <= before.t ? [`${t} must be later than the ${before.t} before it`] : [];
    const outside =
      t > video.durationS + 1 / video.fps ? [`${t} lies after the clip's end (${video.durationS} s)`] : [];
    const strangers = vehicles
      .flatMap((vehicle) => [vehicle.id, ...vehicle.persons.map((person) => person.id)])
      .filter((name) => !cast.has(name));
    return [
      ...[...late, ...outside].map((problem) => `frames[${index}].t: ${problem}`),
      ...strangers.map((name) => `frames[${index}]: "${name}" is not among actors and their persons`),
    ];
  });
}

/** The lines that `anqi replay --tracks` writes. @throws FatalError `score/tracks` naming every bad line */
export function readTracks(file: string): readonly TrackedFrame[] {
  const problems: string[] = [];
  const frames = linesOf(file, 'tracks').flatMap(([number, line]) => {
    const result = trackedFrame.safeParse(line);
    if (result.success) return [result.data];
    problems.push(...result.error.issues.map(({ path, message }) => `line ${number}, ${placeOf(path)}: ${message}`));
    return [];
  });
  if (problems.length > 0) throw refusal(file, 'tracks', problems);
  return frames;
}

/** JSON lines with their numbers. */
export function linesOf(
  file: string,
  what: 'tracks' | 'events',
): readonly (readonly [number: number, value: unknown])[] {
  return read(file, what)
    .split('\n')
    .flatMap((line, index) => {
      if (line.trim() === '') return [];
      return [[index + 1, json(line, `${file}, line ${index + 1}`, what)] as const];
    });
}

export function refusal(file: string, what: 'truth' | 'tracks' | 'events', problems: readonly string[]): FatalError {
  const more = problems.length - MOST_PROBLEMS;
  const shown = [...problems.slice(0, MOST_PROBLEMS), ...(more > 0 ? [`… and ${more} more`] : [])];
  const lines = shown.map((problem) => `  ${problem}`).join('\n');
  return new FatalError(`score/${what}`, `${file}: ${problems.length} problem(s) in the ${what}\n${lines}`);
}

function read(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new FatalError(`score/${what}`, `${file}: cannot be read (${messageOf(error)})`);
  }
}

function json(text: string, where: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FatalError(`score/${what}`, `${where}: not JSON (${messageOf(error)})`);
  }
}

function placeOf(path: readonly PropertyKey[]): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return text.replace(/^\./, '') || '(the whole)';
}
