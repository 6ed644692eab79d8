/** How the box itself fares: memory, disk, load, temperature. What cannot be read is null, never a failure. */
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { cpus, freemem, loadavg, totalmem, uptime } from 'node:os';
import type { z } from 'zod';
import type { healthSchema } from './contract';

type Box = z.output<typeof healthSchema>['box'];

const THERMAL = '/sys/class/thermal/thermal_zone0/temp';

export async function readBox(dataFolder: string): Promise<Box> {
  return {
    uptimeS: Math.round(uptime()),
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    cores: cpus().length,
    memoryBytes: { free: freemem(), total: totalmem() },
    diskBytes: await readDisk(dataFolder),
    temperatureC: readTemperature(),
  };
}

async function readDisk(folder: string): Promise<Box['diskBytes']> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    return null;
  }
}

function readTemperature(): number | null {
  try {
    const milli = Number(readFileSync(THERMAL, 'utf8'));
    return Number.isFinite(milli) ? Math.round(milli / 100) / 10 : null;
  } catch {
    return null;
  }
}
