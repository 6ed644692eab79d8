/** Whether truth, events and tracks can be of one clip (pure). */
import type { Clip } from './clip';
import { frameAt, vehicleOf } from './match';

/** The last frames may be missing where the analysed rate does not divide the length. */
const SHORT_BY_S = 1;
/** A prompt that begins at the end is spoken to its end. */
const SPEECH_AFTER_END_S = 20;
/** Widths are cut to whole pixels when a picture is made smaller. */
const ASPECT_TOLERANCE = 0.02;
/** Boxes that must lie somewhere before "nothing fits" says anything. */
const ENOUGH_BOXES = 20;

export interface PictureSize {
  readonly w: number;
  readonly h: number;
}

/** Problems that forbid a score, in words. `sizes`: of the pictures the violations were seen in. */
export function inconsistencies(clip: Clip, sizes: readonly PictureSize[]): readonly string[] {
  const { truth, tracks, violations } = clip;
  const endS = truth.video.durationS;
  const lastS = tracks.at(-1)?.t ?? 0;
  const problems: string[] = [];
  if (lastS < endS - SHORT_BY_S)
    problems.push(`the clip is shorter than its truth: tracks end at ${lastS} s, the truth at ${endS} s`);
  if (lastS > endS + SHORT_BY_S)
    problems.push(`the clip is longer than its truth: tracks end at ${lastS} s, the truth at ${endS} s`);
  const lateS = [...violations, ...clip.outcomes].map(({ atS }) => atS).find((atS) => atS > endS + SPEECH_AFTER_END_S);
  if (lateS !== undefined) problems.push(`events of another clip: one is at ${lateS} s, the clip ends at ${endS} s`);
  const aspect = truth.video.width / truth.video.height;
  const odd = sizes.find(({ w, h }) => Math.abs(w / h / aspect - 1) > ASPECT_TOLERANCE);
  if (odd !== undefined)
    problems.push(
      `events of another clip: seen in ${odd.w}×${odd.h}, the truth is ${truth.video.width}×${truth.video.height}`,
    );
  return [...problems, ...strangeViolations(clip), ...strangeTracks(clip)];
}

/** Events and tracks of one run name the same vehicles by the same numbers. */
function strangeViolations({ violations, tracks }: Clip): string[] {
  const known = new Set(tracks.flatMap(({ riders }) => riders.map(({ trackId }) => trackId)));
  const strange = violations.find(({ trackId }) => !known.has(trackId));
  if (strange === undefined) return [];
  return [
    `events and tracks of different runs: a violation at ${strange.atS} s names vehicle ${strange.trackId}, which no track has`,
  ];
}

function strangeTracks({ truth, tracks }: Clip): string[] {
  let boxes = 0;
  let fitting = 0;
  for (const { t, riders } of tracks) {
    const frame = frameAt(truth, t);
    if (frame === null) continue;
    boxes += riders.length;
    fitting += riders.filter(({ box }) => vehicleOf(frame, box) !== null).length;
  }
  return boxes >= ENOUGH_BOXES && fitting === 0
    ? [`tracks of another clip: none of ${boxes} boxes lies where the truth has a vehicle`]
    : [];
}
