/** What the shipped networks get wrong, from the figures in their manifests, as noise to draw from. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readThresholds, type Thresholds } from '../../src/vision/thresholds';

export interface Noise {
  /** Log-odds of worn : bare of a helmeted and a bare head: mean, and the spread of looks and of people. */
  readonly worn: number;
  readonly bare: number;
  readonly lookSd: number;
  readonly personSd: number;
  /** Chances per look. */
  readonly headMissed: number;
  readonly vehicleMissed: number;
  readonly wrongColour: number;
  /** Of a box's sides, as a share of its height. */
  readonly jitter: number;
  /** How often somebody passes in front, and how often a bus does. */
  readonly crossings: number;
}

const manifestSchema = z.object({
  thresholds: z.unknown(),
  metrics: z.record(z.string(), z.record(z.string(), z.number().nullable())),
});
/** A classifier whose log-odds are calibrated and whose AUC is .974, as on street val, has this spread: √2·Φ⁻¹(.974). */
const LOGIT_SD = 2.75;
/** Looks at one person err together: half of the variance is the person's. Assumed; tracks with labels do not exist. */
const PERSON_SHARE = 0.5;

export function measuredNoise(modelFolder: string): { readonly noise: Noise; readonly thresholds: Thresholds } {
  const read = (name: string) => {
    const path = join(modelFolder, `${name}.json`);
    return { path, ...manifestSchema.parse(JSON.parse(readFileSync(path, 'utf8'))) };
  };
  const thresholds = readThresholds((name) => read(name));
  const figure = (name: string, set: string, key: string): number => {
    const value = read(name).metrics[set]?.[key];
    if (typeof value === 'number') return value;
    throw new Error(`models/${name}.json: metrics has no "${set}" with "${key}": publish the models anew`);
  };
  const street = (key: string): number => figure('head-classifier', 'street val at the thresholds (real)', key);
  const { worn, notWorn } = thresholds['head-classifier'];
  const noise = {
    worn: logit(worn) + LOGIT_SD * normalQuantile(street('worn recall')),
    bare: -logit(notWorn) - LOGIT_SD * normalQuantile(street('bare recall')),
    lookSd: LOGIT_SD * Math.sqrt(1 - PERSON_SHARE),
    personSd: LOGIT_SD * Math.sqrt(PERSON_SHARE),
    headMissed: 1 - figure('head-finder', 'helmet_motor val (real)', 'R@0.4'),
    vehicleMissed: 1 - figure('rider-detector', 'helmet_motor val (real)', 'heads in a group@0.12'),
    wrongColour: 0.1,
    jitter: 0.015,
    crossings: 0.3,
  };
  return { noise, thresholds };
}

/** Everything that can go wrong, `times` as often or as much. */
export function louder(noise: Noise, times: number): Noise {
  const often = (chance: number): number => Math.min(0.9, chance * times);
  return {
    ...noise,
    lookSd: noise.lookSd * Math.sqrt(times),
    personSd: noise.personSd * Math.sqrt(times),
    headMissed: often(noise.headMissed),
    vehicleMissed: often(noise.vehicleMissed),
    wrongColour: often(noise.wrongColour),
    jitter: noise.jitter * times,
    crossings: often(noise.crossings),
  };
}

function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}

/** Φ⁻¹ by bisection of the logistic approximation's exact counterpart: erf by Abramowitz and Stegun 7.1.26. */
function normalQuantile(probability: number): number {
  let [low, high] = [-6, 6];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function normalBelow(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - poly * Math.exp(-x * x);
  return z >= 0 ? (1 + erf) / 2 : (1 - erf) / 2;
}
