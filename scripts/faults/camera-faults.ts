/** What happens to a camera and its ffmpeg. */
import { execFile } from 'node:child_process';
import { renameSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type FilmRequest, makeFilm, withParameterSets } from '../../test/support/rtsp/films';
import { processesWith } from '../../test/support/rtsp/processes';
import { ServiceProcess } from '../../test/support/service';
import { CabledCamera } from './cable';
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

/** The same while the connection stays: a camera whose encoder is set anew without a word. */
function changesMidway(name: string, request: Omit<FilmRequest, 'seconds'>, note: string): Fault {
  const inner = (film: string, before: string): Fault =>
    course({
      name,
      goals: GOALS,
      strike: async ({ east }) => {
        await east.camera.changeFilm(film);
      },
      isNoticed: isAway,
      mend: () => undefined,
      isOver: isOnline,
      // Riders come back with their film.
      after: (junction) => junction.east.camera.changeFilm(before),
      note,
    });
  return {
    name,
    bringUpon: async (bench) => {
      using made = makeFilm({ ...request, seconds: 4 });
      using other = withParameterSets(made.path);
      using riders = withParameterSets(bench.film);
      return await inner(other.path, riders.path).bringUpon({ ...bench, film: riders.path });
    },
  };
}

/** Riders as before, a keyframe every five seconds only, and nobody connects just when there is one. */
function farKeyframes(): Fault {
  const inner = (film: string): Fault =>
    course({
      name: 'camera-keyframes-5s',
      ...CAMERA,
      strike: ({ east }) => east.unplug(),
      mend: async ({ east }) => {
        await east.plugIn(CREDENTIALS, film);
        east.camera.setFault('late');
      },
      note: 'comes back with a keyframe every 5 s, the next one almost 5 s away',
    });
  return {
    name: 'camera-keyframes-5s',
    bringUpon: async (bench) => {
      const folder = await mkdtemp(join(tmpdir(), 'anqi-keyframes-'));
      try {
        const film = join(folder, 'film.mp4');
        const keys = ['-g', '100000', '-sc_threshold', '0', '-force_key_frames', 'expr:gte(t,n_forced*5)'];
        const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '18', '-bf', '0', ...keys, '-threads', '1'];
        await promisify(execFile)('ffmpeg', ['-nostdin', '-v', 'error', '-i', bench.film, '-an', ...codec, film]);
        return await inner(film).bringUpon(bench);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

function cablePulled(): Fault {
  const inner = (camera: CabledCamera): Fault =>
    course({
      name: 'camera-cable-pulled',
      ...CAMERA,
      options: async () => ({ eastUrl: camera.url }),
      strike: () => camera.pull(),
      holdMs: 10_000,
      mend: () => camera.plugIn(),
      note: 'no carrier for 10 s more, and no word to anybody',
    });
  return {
    name: 'camera-cable-pulled',
    bringUpon: async (bench) => {
      await using camera = await CabledCamera.lay(bench.film);
      return await inner(camera).bringUpon(bench);
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
  changesMidway(
    'camera-changes-size-midway',
    { codec: 'libx264', size: '1280x720' },
    'H.264 as before, in another size',
  ),
  changesMidway(
    'camera-changes-codec-midway',
    { codec: 'libx265', size: '1280x720' },
    'H.265 in another size where H.264 was announced',
  ),
  farKeyframes(),
  cablePulled(),
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
