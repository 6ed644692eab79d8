import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { isAuthorized } from '../../scripts/rtsp-camera/access';
import { frameHeader, type InterleavedPacket, RtspReader, type RtspRequest } from '../../scripts/rtsp-camera/wire';

const SETUP = 'SETUP rtsp://h/live/streamid=0 RTSP/1.0\r\nCSeq: 3\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n';
const ANNOUNCE = 'ANNOUNCE rtsp://h/x RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 5\r\n\r\nv=0\r\n';

function readAll(bytes: Buffer, chunkBytes: number): (RtspRequest | InterleavedPacket)[] {
  const reader = new RtspReader();
  const items: (RtspRequest | InterleavedPacket)[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) items.push(...reader.read(bytes.subarray(at, at + chunkBytes)));
  return items;
}

test('requests and packets come apart however the bytes arrive', () => {
  const payload = Buffer.from('$RTP\r\n\r\n');
  const bytes = Buffer.concat([Buffer.from(ANNOUNCE), frameHeader(1, payload.length), payload, Buffer.from(SETUP)]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: bytes.length }), (chunkBytes) => {
      const [announce, packet, setup] = readAll(bytes, chunkBytes);
      expect(announce).toMatchObject({ kind: 'request', method: 'ANNOUNCE', url: 'rtsp://h/x' });
      expect(packet).toEqual({ kind: 'packet', channel: 1, payload });
      expect(setup).toMatchObject({
        method: 'SETUP',
        headers: new Map([
          ['cseq', '3'],
          ['transport', 'RTP/AVP/TCP;interleaved=0-1'],
        ]),
      });
    }),
  );
});

test('what is not RTSP is refused, and an endless request too', () => {
  expect(() => readAll(Buffer.from('GET / HTTP/1.1\r\n\r\n'), 100)).toThrow('not an RTSP request');
  expect(() => readAll(Buffer.alloc(200_000, 'A'), 10_000)).toThrow('too long');
});

describe('isAuthorized', () => {
  const credentials = { user: 'admin', password: 'p@ss:w/o%rd' };
  const asking = (authorization: string): RtspRequest => ({
    kind: 'request',
    method: 'DESCRIBE',
    url: 'rtsp://h/live',
    headers: new Map([['authorization', authorization]]),
  });
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  const digest = (password: string, nonce: string): string => {
    const response = md5(`${md5(`admin:Anqi camera:${password}`)}:${nonce}:${md5('DESCRIBE:rtsp://h/live')}`);
    return `Digest username="admin", realm="Anqi camera", nonce="${nonce}", uri="rtsp://h/live", response="${response}"`;
  };

  test.each([
    ['the right password', digest(credentials.password, 'n1'), true],
    ['a wrong password', digest('guess', 'n1'), false],
    ['an old nonce', digest(credentials.password, 'n0'), false],
    ['nothing', '', false],
  ])('Digest with %s', (_case, header, expected) => {
    expect(isAuthorized(asking(header), credentials, { scheme: 'digest', nonce: 'n1' })).toBe(expected);
  });

  test.each([
    ['admin:p@ss:w/o%rd', true],
    ['admin:guess', false],
  ])('Basic with %s', (text, expected) => {
    const header = `Basic ${Buffer.from(text).toString('base64')}`;
    expect(isAuthorized(asking(header), credentials, { scheme: 'basic', nonce: '' })).toBe(expected);
  });
});
