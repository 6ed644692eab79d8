/** The faults, by part of the box: how each is brought about, how it shows, when it is over. */
import { cameraFaults } from './camera-faults';
import type { Fault } from './measure';
import { partFaults } from './part-faults';
import { processFaults } from './process-faults';
import { stopFaults } from './stop-faults';

export const FAULTS: readonly Fault[] = [...cameraFaults, ...partFaults, ...processFaults, ...stopFaults];
