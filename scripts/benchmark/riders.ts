/**
 * Arguments: film, model folder, frames, numbers of riders (0,1,2,…). Prints RiderFigures as JSON: 1080p pictures with so many
 * rider groups, none of them settled, in turns, on one thread. CPU of this process alone, so run it by itself.
 */
import { Networks } from '../../src/vision/networks';
import { refuseTelemetry } from '../../src/vision/telemetry';
import { crowdPicture, withGroups } from './crowd-picture';
import type { RiderFigures } from './floors';
import { median } from './rounds';

const WARM_UP_FRAMES = 3;

async function main([film = '', modelFolder = '', frames = '20', riders = '0']: readonly string[]): Promise<void> {
  refuseTelemetry();
  const networks = await Networks.load({ modelFolder, threads: 1 });
  const crowd = await crowdPicture(film, networks);
  const looks = riders.split(',').map((text) => ({
    ...{ riders: Number(text), picture: withGroups(crowd, Number(text)), groups: 0 },
    ...{ frameMs: [] as number[], cpuMs: [] as number[] },
  }));
  for (let i = 0; i < WARM_UP_FRAMES + Number(frames); i++) {
    for (const look of looks) {
      const [startedMs, cpu] = [performance.now(), process.cpuUsage()];
      const found = await networks.analyse(look.picture);
      const [frameMs, { user, system }] = [performance.now() - startedMs, process.cpuUsage(cpu)];
      look.groups = found.filter((one) => one.label === 'rider_group').length;
      if (i < WARM_UP_FRAMES) continue;
      look.frameMs.push(frameMs);
      look.cpuMs.push((user + system) / 1000);
    }
  }
  await networks.release();
  const figures: RiderFigures[] = looks.map((look) => ({
    ...{ riders: look.riders, groups: look.groups },
    ...{ frameMs: median(look.frameMs), cpuMs: median(look.cpuMs) },
  }));
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
