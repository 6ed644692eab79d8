/** What happens to a camera and its ffmpeg. */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { makeFilm } from '../../test/support/rtsp/films';
import { processesWith } from '../../test/support/rtsp/processes';
import { ServiceProcess } from '../../test/support/service';
import { CREDENTIALS, type Junction } from './junction';
import { type Course, course, type Fault } from './measure';

const GOALS = { detectedS: 5, recoveredS: 10 };
const isAway = (junction: Junction): boolean => ['stalled', 'offline'].includes(junction.stateOf('east').state);
const isOnline = (junction: Junction): boolean => junction.stateOf('east').state === 'online';
const CAMERA: Pick<Course, 'goals' | 'isNoticed' | 'isOver'> = { goals: GOALS, isNoticed: isAway, isOver: isOnline };

function killFfmpeg({ east }: Junction): void {
  for (const pid of processesWith(east.address).keys()) process.kill(pid, 'SIGKILL');
}

/** From H.264 at one size to H.265 at another, as somebody sets it on the camera's page. */
function codecChanges(): Fault {
  const inner = (film: string): Fault =>
    course({
      name: 'camera-changes-codec',
      ...CAMERA,
      strike: ({ east }) => east.unplug(),
      mend: ({ east }) => east.plugIn(CREDENTIALS, film),
      note: 'comes back with H.265 in another size',
    });
  return {
    name: 'camera-changes-codec',
    bringUpon: async (bench) => {
      using other = makeFilm({ codec: 'libx265', seconds: 4, size: '1280x720' });
      return await inner(other.path).bringUpon(bench);
    },
  };
}

function ffmpegMissing(): Fault {
  let bin = '';
  return course({
    name: 'ffmpeg-missing',
    ...CAMERA,
    options: async () => ({
      beforeStart: async (site) => {
        bin = await site.path({ ffmpeg: 'system', ffprobe: 'system', setpriv: 'system', 'espeak-ng': 'system' });
      },
      run: (configFile) => ServiceProcess.run(configFile, { PATH: bin }),
    }),
    strike: (junction) => {
      renameSync(join(bin, 'ffmpeg'), join(bin, 'ffmpeg.away'));
      killFfmpeg(junction);
    },
    isNoticed: (junction) => junction.stateOf('east').reason === 'ffmpeg_missing',
    mend: () => renameSync(join(bin, 'ffmpeg.away'), join(bin, 'ffmpeg')),
    note: 'removed while it runs, and back',
  });
}

export const cameraFaults: readonly Fault[] = [
  codecChanges(),
  ffmpegMissing(),
  course({
    name: 'camera-reboot',
    ...CAMERA,
    strike: ({ east }) => east.unplug(),
    holdMs: 5_000,
    mend: ({ east }) => east.plugIn(CREDENTIALS),
    note: 'the camera was away for 5 s more',
  }),
  course({
    name: 'camera-silence-30s',
    ...CAMERA,
    strike: ({ east }) => east.camera.setFault('stall'),
    holdMs: 30_000,
    mend: ({ east }) => east.camera.setFault('none'),
    note: 'connection open, no picture',
  }),
  course({
    name: 'camera-wrong-password',
    ...CAMERA,
    strike: async ({ east }) => {
      east.camera.setCredentials({ ...CREDENTIALS, password: 'changed' });
      await east.camera.disconnectViewers();
    },
    isNoticed: (junction) => junction.stateOf('east').reason === 'unauthorized',
    holdMs: 3_000,
    mend: ({ east }) => east.camera.setCredentials(CREDENTIALS),
    note: 'named `unauthorized`',
  }),
  course({
    name: 'camera-garbage',
    ...CAMERA,
    // Where a picture can be made of the garbage, it is online again for a moment.
    strike: ({ east }) => east.camera.setFault('garbage'),
    mend: ({ east }) => east.camera.setFault('none'),
    note: 'random bytes behind right RTP headers',
  }),
  course({
    name: 'ffmpeg-killed',
    ...CAMERA,
    strike: killFfmpeg,
    mend: () => undefined,
    note: 'of one camera',
  }),
];
