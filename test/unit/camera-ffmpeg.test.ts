import { execFileSync } from 'node:child_process';
import {
  hasBegunAnew,
  liveArguments,
  pictureArguments,
  recordingArguments,
  traitsOf,
  withCredentials,
} from '../../src/camera/ffmpeg';

const NEW = traitsOf('ffmpeg version 5.1.6-0+deb12u1\nlibavformat    59. 27.100 / 59. 27.100');
const LIVE = { url: 'rtsp://10.0.0.5/live', transport: 'tcp', fps: 5, maxWidthPx: 1280 } as const;

/** The argument after `option`. */
function argumentAfter(args: readonly string[], option: string): string | undefined {
  const at = args.indexOf(option);
  return at < 0 ? undefined : args[at + 1];
}

describe('traitsOf', () => {
  test.each([
    ['ffmpeg version 4.4.2-0ubuntu0.22.04.1\nlibavformat    58. 76.100 / 58. 76.100', '-stimeout', '-vsync'],
    ['ffmpeg version 5.0.1\nlibavformat    59. 16.100 / 59. 16.100', '-timeout', '-vsync'],
    ['ffmpeg version 5.1.9-0+deb12u1\nlibavformat    59. 27.100 / 59. 27.100', '-timeout', '-fps_mode'],
    ['ffmpeg version 7.1.1\nlibavformat    61.  7.100 / 61.  7.100', '-timeout', '-fps_mode'],
    ['ffmpeg version N-118000-g1234567\nlibavformat    62.  0.100 / 62.  0.100', '-timeout', '-fps_mode'],
  ])('knows the option names of %j', (text, timeoutOption, passthrough) => {
    expect(traitsOf(text)).toMatchObject({ timeoutOption, passthrough: [passthrough, expect.any(String)] });
  });

  test('the installed ffmpeg accepts the options it is said to have', () => {
    const installed = traitsOf(execFileSync('ffmpeg', ['-version'], { encoding: 'utf8' }));
    const rtsp = execFileSync('ffmpeg', ['-hide_banner', '-h', 'demuxer=rtsp'], { encoding: 'utf8' });
    const all = execFileSync('ffmpeg', ['-hide_banner', '-h', 'full'], {
      encoding: 'utf8',
      maxBuffer: 32 * 1024 * 1024,
    });
    expect(rtsp).toContain(`${installed.timeoutOption} `);
    expect(all).toContain(`${installed.passthrough[0]}`);
  });
});

describe('withCredentials', () => {
  test.each([
    [
      { url: 'rtsp://cam:554/live?x=1', user: 'admin', password: 'p@ss:w/o%rd' },
      'rtsp://admin:p%40ss%3Aw%2Fo%25rd@cam:554/live?x=1',
    ],
    [{ url: 'rtsp://old:pw@cam/live', user: 'admin', password: 'new' }, 'rtsp://admin:new@cam/live'],
    [{ url: 'rtsp://old:pw@cam/live' }, 'rtsp://old:pw@cam/live'],
    [
      { url: 'rtsps://[fe80::1]:322/live', user: '用户', password: '' },
      `rtsps://${encodeURIComponent('用户')}@[fe80::1]:322/live`,
    ],
  ])('%j', (given, expected) => {
    expect(withCredentials(given)).toBe(expected);
  });
});

describe('liveArguments', () => {
  test('input options stand before -i, output options after it', () => {
    const args = liveArguments(LIVE, NEW);
    const input = args.indexOf('-i');
    expect(args[input + 1]).toBe(LIVE.url);
    for (const option of ['-nostdin', '-rtsp_transport', '-timeout']) expect(args.indexOf(option)).toBeLessThan(input);
    for (const option of ['-an', '-fps_mode', '-pix_fmt']) expect(args.indexOf(option)).toBeGreaterThan(input);
    expect(args).toContain('pipe:1');
  });

  test('frames are chosen before they are scaled, with the cheap scaler and never upwards', () => {
    const filters = argumentAfter(liveArguments(LIVE, NEW), '-filter:v') ?? '';
    expect(filters.indexOf('select')).toBeLessThan(filters.indexOf('scale'));
    expect(filters).toContain('min(1280,iw)');
    expect(filters).toContain('flags=fast_bilinear');
  });

  test('TCP and UDP, and the old name of the timeout', () => {
    const old = { ...NEW, timeoutOption: '-stimeout' } as const;
    const args = liveArguments({ ...LIVE, transport: 'udp' }, old);
    expect(argumentAfter(args, '-rtsp_transport')).toBe('udp');
    expect(Number(argumentAfter(args, '-stimeout'))).toBeGreaterThan(1_000_000);
    expect(args).not.toContain('-timeout');
  });
});

test.each<[line: string, hasBegun: boolean]>([
  [
    '[image2pipe @ 0x1] Application provided invalid, non monotonically increasing dts to muxer in stream 0: 107 >= 0',
    true,
  ],
  [
    '[image2pipe @ 0x1] Application provided invalid, non monotonically increasing dts to muxer in stream 0: 5 >= 5',
    false,
  ],
  ['[h264 @ 0x1] error while decoding MB 6 2', false],
])('%s: began anew %s', (line, hasBegun) => expect(hasBegunAnew(line)).toBe(hasBegun));

test('a file name that looks like an option or a URL stays a file', () => {
  const path = '-y http://x.mp4';
  expect(argumentAfter(recordingArguments({ input: path, fps: 5, maxWidthPx: 640 }, NEW), '-i')).toBe(`file:${path}`);
  expect(argumentAfter(pictureArguments({ path, maxWidthPx: 640 }), '-i')).toBe(`file:${path}`);
});

test('pictures after the first are fitted into its size', () => {
  const filters = argumentAfter(
    pictureArguments({ path: 'a.jpg', maxWidthPx: 640, fitInto: { widthPx: 300, heightPx: 240 } }),
    '-filter:v',
  );
  expect(filters).toContain('pad=300:240');
});
