import { explainEnd } from '../../src/camera/failure';

// What ffmpeg 5.1 (and 7.0 where it says so) said in front of real servers and files.
const GARBAGE_H264 = [
  '[rtsp] RTP H.264 NAL unit type 29 is not implemented. Update your FFmpeg version to the newest one from Git.',
  '[rtsp] nal size exceeds length: 39090 789',
  '[h264] non-existing PPS 28 referenced',
];

test.each([
  [
    'a closed port',
    'unreachable',
    [
      '[tcp] Connection to tcp://127.0.0.1:1?timeout=3000000 failed: Connection refused',
      'rtsp://127.0.0.1:1/live: Connection refused',
    ],
  ],
  [
    'a name nobody knows',
    'unreachable',
    [
      '[tcp] Failed to resolve hostname no-such-camera.invalid: Name or service not known',
      'rtsp://no-such-camera.invalid/live: Input/output error',
    ],
  ],
  ['a host that does not answer', 'unreachable', ['rtsp://192.0.2.1/live: Connection timed out']],
  [
    'a wrong password',
    'unauthorized',
    [
      '[rtsp] method DESCRIBE failed: 401 Unauthorized',
      'rtsp://a:b@127.0.0.1:41843/live: Server returned 401 Unauthorized (authorization failed)',
    ],
  ],
  [
    'a wrong path',
    'not_found',
    ['[rtsp] method DESCRIBE failed: 404 Not Found', 'rtsp://127.0.0.1:1/x: Server returned 404 Not Found'],
  ],
  [
    'a server that cannot play its film',
    'busy',
    [
      '[rtsp] method DESCRIBE failed: 503 Service Unavailable',
      'rtsp://127.0.0.1:45725/live: Server returned 5XX Server Error reply',
    ],
  ],
  [
    'sound only',
    'no_video',
    [
      '[rtsp] method PLAY failed: 455 Method Not Valid in This State',
      'rtsp://127.0.0.1:41703/live: Server returned 4XX Client Error, but not one of 40{0,1,3,4}',
    ],
  ],
  ['a web server', 'not_rtsp', ['rtsp://127.0.0.1:18554/live: Invalid data found when processing input']],
  [
    'a web server, as ffmpeg 7 says it',
    'not_rtsp',
    [
      '[in#0] Error opening input: Invalid data found when processing input',
      'Error opening input file rtsp://127.0.0.1:43839/live.',
      'Error opening input files: Invalid data found when processing input',
    ],
  ],
  [
    'Motion JPEG that cannot be read',
    'unsupported_codec',
    [
      '[rtsp] Could not find codec parameters for stream 0 (Video: mjpeg, none(bt470bg/unknown/unknown)): unspecified size',
      'Output file #0 does not contain any stream',
    ],
  ],
  ['garbage behind RTP headers', 'corrupt', GARBAGE_H264],
  [
    'a stall before the first picture',
    'stalled',
    [
      '[rtsp] Could not find codec parameters for stream 0 (Video: h264, none): unspecified size',
      'Output file #0 does not contain any stream',
    ],
  ],
  ['nothing at all', 'ended', []],
])('%s is %s', (_case, reason, lines) => {
  expect(explainEnd({ lines, framesRead: 0, wasStalled: false }).reason).toBe(reason);
});

test('after frames, what matters is how it ended and not what the decoder mumbled on the way', () => {
  expect(explainEnd({ lines: GARBAGE_H264, framesRead: 9, wasStalled: true }).reason).toBe('stalled');
  expect(explainEnd({ lines: GARBAGE_H264, framesRead: 9, wasStalled: false }).reason).toBe('ended');
});

test('silence that our watchdog ended is a stall; complaints before it are the better reason', () => {
  expect(explainEnd({ lines: [], framesRead: 0, wasStalled: true }).reason).toBe('stalled');
  expect(explainEnd({ lines: GARBAGE_H264, framesRead: 0, wasStalled: true }).reason).toBe('corrupt');
});

test('the detail holds the last words without the password', () => {
  const { detail } = explainEnd({
    lines: ['rtsp://admin:p%40ss@10.0.0.5/live: Server returned 401 Unauthorized'],
    framesRead: 0,
    wasStalled: false,
  });
  expect(detail).toContain('401 Unauthorized');
  expect(detail).not.toContain('p%40ss');
});
