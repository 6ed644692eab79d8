/** Answers of an RTSP loudspeaker that no RTSP server gives: each ends the attempt with a reason. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createSpeaker } from '../../src/announcer/speakers/create';

test.each([
  ['a length below nothing', 'RTSP/1.0 200 OK\r\nContent-Length: -90\r\n\r\n', /^cut_off: /],
  ['a length that is no number', 'RTSP/1.0 200 OK\r\nContent-Length: many\r\n\r\n', /^cut_off: /],
  ['one header sixty thousand times', `RTSP/1.0 200 OK\r\n${'a:\r\n'.repeat(60_000)}\r\n`, /^no_channel: /],
])(
  '%s',
  async (_title, answer, reason) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write(answer));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const speaker = createSpeaker(
        { kind: 'onvif', url: `rtsp://127.0.0.1:${port}/live`, credentials: null },
        '/nowhere',
      );
      expect(await speaker.check(AbortSignal.timeout(60_000))).toMatch(reason);
    } finally {
      server.close();
    }
  },
  90_000,
);
