/** How long a violation waits for its first sound (pure). */
import type { IncidentEvent } from '../../src/mqtt/events';

/** From the picture that confirmed a violation to the first sound, for prompts that had to wait for nobody. */
export function firstSoundDelaysMs(events: readonly IncidentEvent[]): { atOnce: number[]; waited: number[] } {
  const violations = new Map(
    events.flatMap((event) =>
      event.type === 'cn.anqi.helmet.violation.v1' ? [[event.data.incidentId, Date.parse(event.time)] as const] : [],
    ),
  );
  const atOnce: number[] = [];
  const waited: number[] = [];
  const counted = new Set<string>();
  for (const event of events) {
    if (event.type !== 'cn.anqi.helmet.prompt.v1') continue;
    const { prompt, incidentId } = event.data;
    const confirmedAtMs = violations.get(incidentId);
    const isFirst = prompt.number === 1 && !counted.has(prompt.promptId);
    if (!isFirst || confirmedAtMs === undefined || prompt.startedAt === undefined) continue;
    counted.add(prompt.promptId);
    const isAskedAtOnce = Date.parse(prompt.requestedAt) === confirmedAtMs;
    const startedAtMs = Date.parse(prompt.startedAt);
    const isSpeakerFree = !wasSpeaking(events, { fromMs: confirmedAtMs, untilMs: startedAtMs, not: prompt.promptId });
    (isAskedAtOnce && isSpeakerFree ? atOnce : waited).push(startedAtMs - confirmedAtMs);
  }
  return { atOnce, waited };
}

/** Whether another prompt, or the silence owed after it, lay within the time. */
function wasSpeaking(
  events: readonly IncidentEvent[],
  { fromMs, untilMs, not }: { fromMs: number; untilMs: number; not: string },
): boolean {
  return events.some((event) => {
    if (event.type !== 'cn.anqi.helmet.prompt.v1' || event.data.prompt.promptId === not) return false;
    const { startedAt, endedAt } = event.data.prompt;
    if (startedAt === undefined || endedAt === undefined) return false;
    return Date.parse(startedAt) < untilMs && Date.parse(endedAt) + GAP_MS > fromMs;
  });
}

/** The configuration's default of prompts.minGapMs. */
const GAP_MS = 1_500;
