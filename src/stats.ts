/** `anqi stats`: the figures of a site as a table or as JSON, read beside the running service. */
import { join } from 'node:path';
import type { Config } from './config/schema';
import { FatalError, messageOf } from './errors';
import { parseSince, siteClock } from './figures';
import { type Counts, type Figures, figures, listed } from './incident/rate';
import { openForReading } from './outbox/database';
import { arrivalsSince, endedSince } from './outbox/tally';

export interface StatsFlags {
  readonly since?: string;
  readonly camera?: string;
  readonly json?: boolean;
}

/**
 * @param leave ends the command because of what was asked
 * @throws RecoverableError outbox/* for a database that cannot be read
 */
export function stats(config: Config, flags: StatsFlags, leave: (message: string) => never): string {
  try {
    const found = readFigures(config, { ...flags, nowMs: Date.now() });
    return flags.json === true ? `${JSON.stringify(found)}\n` : statsTable(found);
  } catch (error) {
    if (error instanceof FatalError) return leave(messageOf(error));
    throw error;
  }
}

/** @throws FatalError stats/* for what was asked wrongly */
export function readFigures(config: Config, { since, camera, nowMs }: StatsFlags & { nowMs: number }): Figures {
  const { timeZone } = config.node;
  const sinceMs = since === undefined ? 0 : parseSince(since, { nowMs, timeZone });
  if (camera !== undefined && !config.cameras.some(({ id }) => id === camera)) {
    const known = config.cameras.map(({ id }) => id).join(', ');
    throw new FatalError('stats/camera', `--camera ${camera}: no such camera in the configuration (it has ${known})`);
  }
  const database = openForReading(join(config.dataFolder, 'outbox.db'));
  try {
    const query = { sinceMs, ...(camera === undefined ? {} : { cameraId: camera }) };
    return figures(endedSince(database, query), arrivalsSince(database, query), siteClock(timeZone));
  } finally {
    database.close();
  }
}

const TITLES = {
  camera: 'by camera 按摄像头',
  day: 'by day 按日',
  hour: 'by hour of the day 按时段',
  language: 'by language: of those who heard it 按语言',
  seat: 'by seat 按座位',
  prompt: 'by prompt: of those who heard it, who put it on before the next 按第几次提醒',
} as const;

export function statsTable({ total, notReminded, medianReactionMs, helmetUse, by }: Figures): string {
  const reaction = medianReactionMs === null ? '–' : `${(medianReactionMs / 1000).toFixed(1)} s`;
  const head = [
    row('', ['reminded 已提醒', 'corrected 已戴', 'not corrected 未戴', 'unknown 不明', 'rate 纠正率']),
    counts('total 合计', total),
    '',
    `correction rate = corrected ÷ (corrected + not corrected), of those who heard a prompt; median reaction 反应 ${reaction}`,
    `not reminded 未经提醒: ${notReminded}`,
    `helmet use on arrival 到达时佩戴率: ${percent(helmetUse.helmetUseRate)} of ${helmetUse.riders} riders (${helmetUse.undecided} undecided 不明)`,
  ];
  const groups = (['camera', 'day', 'hour', 'language', 'seat', 'prompt'] as const).flatMap((dimension) => {
    const lines = listed(dimension, by[dimension]).map(([key, one]) => counts(key, one));
    return lines.length === 0 ? [] : ['', TITLES[dimension], ...lines];
  });
  return `${[...head, ...groups].join('\n')}\n`;
}

function counts(key: string, { reminded, corrected, notCorrected, unknown, correctionRate }: Counts): string {
  return row(key, [reminded, corrected, notCorrected, unknown].map(String).concat(percent(correctionRate)));
}

function row(key: string, cells: readonly string[]): string {
  return [key.padEnd(14), ...cells.map((cell) => cell.padStart(16))].join('');
}

function percent(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(2)} %`;
}
