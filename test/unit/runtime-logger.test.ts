import { createLogger, type LoggerOptions } from '../../src/runtime/logger';

function capture(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', destination: { write: (line) => lines.push(line) }, ...options });
  return { log, lines };
}

test('a line is one JSON object with level, time, message and facts', () => {
  const { log, lines } = capture();
  log.child({ cameraId: 'c1' }).info({ reason: 'stalled' }, 'camera state');
  expect(lines).toHaveLength(1);
  const line: unknown = JSON.parse(lines[0] ?? '');
  expect(line).toMatchObject({ level: 'info', cameraId: 'c1', reason: 'stalled', msg: 'camera state' });
  expect(line).toHaveProperty('time');
});

test.each([true, false])('a planted password shows nowhere (pretty: %s)', (pretty) => {
  const { log, lines } = capture({ pretty });
  const url = 'rtsp://admin:MARK@10.0.0.5/live';
  log
    .child({ url, password: 'MARK' })
    .error({ err: new Error(`open ${url}`), deep: { url, token: 'MARK' } }, `lost ${url}`);
  log.error(new Error(`bare ${url}`));
  log.warn('opened %s', url);
  expect(lines).toHaveLength(3);
  expect(lines.join('')).not.toContain('MARK');
  expect(lines.join('')).toContain('10.0.0.5');
});

test('an error keeps its code, message and cause', () => {
  const { log, lines } = capture();
  const err = Object.assign(new Error('open failed', { cause: new Error('disk full') }), { code: 'EIO' });
  log.error({ err }, 'evidence lost');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    err: { code: 'EIO', message: 'open failed', cause: { message: 'disk full' } },
  });
});

test('a pretty line holds clock, level, message and facts', () => {
  const { log, lines } = capture({ pretty: true });
  log.warn({ cameraId: 'c1', attempt: 2 }, 'camera restarts');
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}camera restarts cameraId=c1 attempt=2\n$/);
});

test('lines below the level are not written', () => {
  const { log, lines } = capture({ level: 'warn' });
  log.info('quiet');
  expect(lines).toEqual([]);
});
