/** What happens to a camera and its ffmpeg. */
import { processesWith } from '../../test/support/rtsp/processes';
import { CREDENTIALS, type Junction } from './junction';
import { type Course, course } from './measure';

const GOALS = { detectedS: 5, recoveredS: 10 };
const isAway = (junction: Junction): boolean => ['stalled', 'offline'].includes(junction.stateOf('east').state);
const isOnline = (junction: Junction): boolean => junction.stateOf('east').state === 'online';
const CAMERA: Pick<Course, 'goals' | 'isNoticed' | 'isOver'> = { goals: GOALS, isNoticed: isAway, isOver: isOnline };

export const cameraFaults = [
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
    strike: ({ east }) => {
      for (const pid of processesWith(east.url).keys()) process.kill(pid, 'SIGKILL');
    },
    mend: () => undefined,
    note: 'of one camera',
  }),
];
