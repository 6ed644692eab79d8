import fc from 'fast-check';
import { isSecretKey, redactUrlCredentials, redactValue } from '../../src/runtime/redact';

describe('redactUrlCredentials', () => {
  test.each([
    ['rtsp://admin:secret@10.0.0.5:554/live', 'rtsp://***@10.0.0.5:554/live'],
    ['rtsps://admin:p@ss:w/o%rd@cam/live', 'rtsps://***@cam/live'],
    ['mqtt://box:a@b@broker:1883', 'mqtt://***@broker:1883'],
    ['https://u:p@host/a and http://v:q@host/b', 'https://***@host/a and http://***@host/b'],
    ['rtsp://onlyuser@cam/live', 'rtsp://***@cam/live'],
    ['rtsp://cam/live?user=a&password=b&channel=1', 'rtsp://cam/live?user=a&password=***&channel=1'],
  ])('takes user and password out of %s', (text, expected) => {
    expect(redactUrlCredentials(text)).toBe(expected);
  });

  test.each(['rtsp://10.0.0.5/live', '[rtsp @ 0x55] method DESCRIBE failed', 'write to a@b.cn'])(
    'leaves %s alone',
    (text) => {
      expect(redactUrlCredentials(text)).toBe(text);
    },
  );

  /** With backtracking the test would never end. */
  test.each(['a://', 'a-', '?pass', 'pass', '@'])('a megabyte of %j is no trouble', (word) => {
    expect(redactUrlCredentials(word.repeat(1_000_000 / word.length))).toMatch(/./);
  });

  test('no password without white space survives, wherever the URL stands', () => {
    const password = fc.string({ minLength: 1, maxLength: 20 }).map((text) => `MARK${text.replace(/\s/g, '')}MARK`);
    fc.assert(
      fc.property(password, fc.lorem(), fc.constantFrom('rtsp', 'rtsps', 'http', 'mqtts'), (secret, text, scheme) => {
        expect(redactUrlCredentials(`${text} ${scheme}://user:${secret}@host/x: ${text}`)).not.toContain('MARK');
      }),
    );
  });
});

describe('redactValue', () => {
  test('hides secret keys and URLs at any depth, in errors and their causes', () => {
    const cause = new Error('rtsp://a:MARK@h: 401');
    const value = {
      camera: { url: 'rtsp://a:MARK@h/live', password: 'MARK', nested: [{ apiToken: 'MARK' }] },
      err: new Error('failed at mqtt://a:MARK@h', { cause }),
    };
    expect(JSON.stringify(redactValue(value))).not.toContain('MARK');
  });

  test('keeps what is no secret, and ends on a cycle', () => {
    const cyclic: Record<string, unknown> = { passenger: 'rear', count: 3 };
    cyclic.self = cyclic;
    expect(redactValue(cyclic)).toMatchObject({ passenger: 'rear', count: 3 });
  });

  test.each([
    ['password', true],
    ['mqttPassword', true],
    ['pass', true],
    ['api_key', true],
    ['authorization', true],
    ['passenger', false],
    ['passed', false],
    ['keyframe', false],
  ])('key %s is secret: %s', (key, expected) => {
    expect(isSecretKey(key)).toBe(expected);
  });
});
