/** `anqi score`: what a run said of a clip, held against the clip's truth. */
import { basename } from 'node:path';
import { type IncidentEvent, incidentEvent } from './mqtt/events';
import type { Clip, SaidOutcome, SaidPrompt, SaidViolation, TrackedFrame, Truth } from './scoring/clip';
import { inconsistencies } from './scoring/consistency';
import { linesOf, readTracks, readTruth, refusal } from './scoring/files';
import { scoreClip } from './scoring/score';
import { summarise } from './scoring/summary';
import { scoreTable } from './scoring/table';

export interface ScoreFiles {
  readonly truth: string;
  readonly events: string;
  readonly tracks: string;
}

export interface ScoreFlags extends ScoreFiles {
  readonly json?: boolean;
}

/** Table, then every mistake; with `json` a last line of figures. @throws as readClip does */
export function scoreText({ json, ...files }: ScoreFlags): string {
  const scored = scoreClip(readClip(files));
  const figures = summarise([scored]);
  const mistakes = scored.mistakes.map(
    ({ kind, atS, who, detail }) => `${atS.toFixed(1)} s  ${kind}  ${who}  ${detail}\n`,
  );
  const last = json === true ? `${JSON.stringify(figures)}\n` : '';
  return `${scoreTable(figures)}\n\n${mistakes.join('')}${last}`;
}

/** @throws FatalError `score/*` naming every problem of the files, or that they are not of one clip */
export function readClip(files: ScoreFiles): Clip {
  const truth = readTruth(files.truth);
  const tracks = readTracks(files.tracks);
  const events = readEvents(files.events);
  const clip = clipOf(basename(files.truth), { truth, tracks, events });
  const sizes = events.flatMap((event) => ('vehicle' in event.data ? [event.data.vehicle.frame] : []));
  const problems = inconsistencies(clip, sizes);
  if (problems.length > 0) throw refusal(files.events, 'events', problems);
  return clip;
}

/** What `anqi replay` prints: events, then a summary, which is passed over. */
function readEvents(file: string): readonly IncidentEvent[] {
  const problems: string[] = [];
  const events = linesOf(file, 'events').flatMap(([number, line]) => {
    if (isSummary(line)) return [];
    const result = incidentEvent.safeParse(line);
    if (result.success) return [result.data];
    problems.push(...result.error.issues.map(({ path, message }) => `line ${number}, ${path.join('.')}: ${message}`));
    return [];
  });
  if (problems.length > 0) throw refusal(file, 'events', problems);
  return events;
}

function isSummary(line: unknown): boolean {
  return typeof line === 'object' && line !== null && 'type' in line && line.type === 'summary';
}

/** Events in the recording's own time: it began at second 0 of the epoch. */
export function clipOf(
  name: string,
  said: { readonly truth: Truth; readonly tracks: readonly TrackedFrame[]; readonly events: readonly IncidentEvent[] },
): Clip {
  const violations: SaidViolation[] = [];
  const prompts: SaidPrompt[] = [];
  const outcomes: SaidOutcome[] = [];
  for (const event of said.events) {
    const { incidentId } = event.data;
    switch (event.type) {
      case 'cn.anqi.helmet.violation.v1':
        violations.push(violationOf(event));
        break;
      case 'cn.anqi.helmet.prompt.v1':
        prompts.push(promptOf(event));
        break;
      case 'cn.anqi.helmet.outcome.v1':
        outcomes.push({ incidentId, atS: secondOf(event.time), result: event.data.outcome.result });
        break;
    }
  }
  return { name, truth: said.truth, tracks: said.tracks, violations, prompts, outcomes };
}

export function violationOf(event: Extract<IncidentEvent, { type: 'cn.anqi.helmet.violation.v1' }>): SaidViolation {
  const { incidentId, vehicle, persons } = event.data;
  const { seat = 'driver', headBox: head = null } = persons[0] ?? {};
  return { incidentId, atS: secondOf(event.time), trackId: vehicle.trackId, box: vehicle.box, seat, head };
}

function promptOf({
  data: { incidentId, prompt },
}: Extract<IncidentEvent, { type: 'cn.anqi.helmet.prompt.v1' }>): SaidPrompt {
  const { number, phrase, text, startedAt, playback, described } = prompt;
  return {
    ...{ incidentId, number, phrase, text, playback },
    startedS: startedAt === undefined ? null : secondOf(startedAt),
    described: described ?? null,
  };
}

export function secondOf(time: string): number {
  return Date.parse(time) / 1000;
}
