/**
 * The thresholds of every decision, as the manifests give them: a value, its unit and the reason for it.
 * They belong to the models (a new training moves them), so they are no settings of a site and no constants of the code.
 */
import { z } from 'zod';
import { FatalError } from '../errors';

/** The closed set of units and what a value in each may be. */
const UNITS = {
  probability: z.number().min(0).max(1),
  ratio: z.number().min(0).max(10),
  ms: z.number().int().min(0).max(60_000),
  px: z.number().min(1).max(1000),
  level: z.number().min(0).max(255),
  count: z.number().int().min(1).max(1000),
} as const;

function threshold(unit: keyof typeof UNITS) {
  return z
    .object({ value: UNITS[unit], unit: z.literal(unit), reason: z.string().min(1) })
    .transform(({ value }) => value);
}

const probability = threshold('probability');
const ratio = threshold('ratio');
const ms = threshold('ms');
const px = threshold('px');
const level = threshold('level');
const count = threshold('count');

/** Every threshold this version reads, by model; what each is for stands in its reason, in the manifest. */
const SCHEMAS = {
  'rider-detector': z.object({
    track: probability,
    confirm: probability,
    nmsIou: ratio,
    sameVehicleIou: ratio,
    riderInGroup: ratio,
    rivalShare: ratio,
    rivalIou: ratio,
    uprightShare: ratio,
    partInGroup: ratio,
    partHeight: ratio,
    minGroupPx: px,
    confirmAfterMs: ms,
    riddenFrom: ratio,
    riddenUntil: ratio,
    maxOffAxis: ratio,
    movedRatio: ratio,
    movedLooks: count,
    movedScale: ratio,
    edgesAlike: ratio,
    jumpRatio: ratio,
    boxChanged: ratio,
    unriddenForMs: ms,
    foreseenMs: ms,
    parkedGroupScore: probability,
    stillLevels: level,
    idleLookMs: ms,
  }),
  'head-finder': z.object({
    score: probability,
    nmsIou: ratio,
    maxDepth: ratio,
    sameHeadIou: ratio,
    maxHeads: count,
    groupsPerFrame: count,
    personLooks: count,
    personAfterMs: ms,
    parkedHeadScore: probability,
    parkedSeenShare: ratio,
    parkedSpanMs: ms,
    parkedSway: ratio,
    parkedSwayPx: px,
    parkedStepHeads: ratio,
  }),
  'head-classifier': z.object({
    worn: probability,
    notWorn: probability,
    unreadable: probability,
    minLooks: count,
    minSpanMs: ms,
    windowMs: ms,
    recheckMs: ms,
    minHeadPx: px,
    fullHeadPx: px,
    fullSharpness: ratio,
    wornMean: probability,
    notWornMean: probability,
    minAgreement: ratio,
  }),
} as const;

export type Thresholds = { readonly [Name in keyof typeof SCHEMAS]: Readonly<z.infer<(typeof SCHEMAS)[Name]>> };

/** A manifest's `thresholds` and the file they stand in. */
export interface ThresholdSource {
  readonly path: string;
  readonly thresholds: unknown;
}

/** @throws FatalError model/thresholds naming file, key and cure */
export function readThresholds(of: (name: keyof Thresholds) => ThresholdSource): Thresholds {
  return {
    'rider-detector': parse(SCHEMAS['rider-detector'], of('rider-detector')),
    'head-finder': parse(SCHEMAS['head-finder'], of('head-finder')),
    'head-classifier': parse(SCHEMAS['head-classifier'], of('head-classifier')),
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, { path, thresholds }: ThresholdSource): z.output<Schema> {
  const parsed = schema.safeParse(thresholds);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${['thresholds', ...issue.path].join('.')}: ${issue.message}`);
  throw new FatalError(
    'model/thresholds',
    `${path}: ${problems.join('; ')}. Each needs value, unit and reason; use the manifest of the same release as this version.`,
  );
}
