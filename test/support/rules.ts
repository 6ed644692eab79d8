/** Thresholds to test decisions with: fixed, so that a new training of the models moves no test. */
import type { Thresholds } from '../../src/vision/thresholds';

export const THRESHOLDS: Thresholds = {
  'rider-detector': {
    track: 0.12,
    confirm: 0.4,
    nmsIou: 0.6,
    sameVehicleIou: 0.7,
    riderInGroup: 0.75,
    rivalShare: 0.5,
    rivalIou: 0.55,
    uprightShare: 0.75,
    partInGroup: 0.9,
    partHeight: 0.75,
    minGroupPx: 60,
    confirmAfterMs: 300,
    riddenFrom: 0.7,
    riddenUntil: 0.45,
    maxOffAxis: 0.22,
    movedRatio: 0.35,
    movedLooks: 3,
    movedScale: 1.5,
    edgesAlike: 0.3,
    jumpRatio: 0.3,
    boxChanged: 1.3,
    unriddenForMs: 3000,
    foreseenMs: 1000,
    parkedGroupScore: 0.5,
    stillLevels: 4,
    idleLookMs: 1000,
  },
  'head-finder': {
    score: 0.4,
    nmsIou: 0.45,
    maxDepth: 0.4,
    sameHeadIou: 0.4,
    maxHeads: 5,
    groupsPerFrame: 12,
    personLooks: 3,
    personAfterMs: 400,
    parkedHeadScore: 0.5,
    parkedSeenShare: 0.6,
    parkedSpanMs: 1500,
    parkedSway: 0.06,
    parkedSwayPx: 2,
    parkedStepHeads: 0.5,
  },
  'head-classifier': {
    worn: 0.7,
    notWorn: 0.87,
    unreadable: 0.5,
    minLooks: 5,
    minSpanMs: 500,
    windowMs: 2500,
    recheckMs: 600,
    minHeadPx: 14,
    fullHeadPx: 28,
    fullSharpness: 0.02,
    wornMean: 0.73,
    notWornMean: 0.8,
    minAgreement: 0.7,
  },
};

/** What the riders are told apart by, for a picture of `heightPx`. */
export function riderRules(picture = { heightPx: 720, aspect: 16 / 9 }) {
  return {
    ...THRESHOLDS['rider-detector'],
    ...THRESHOLDS['head-finder'],
    vote: THRESHOLDS['head-classifier'],
    picture: () => picture,
  };
}
