/** What cameras and ffmpeg say: their last words, streams, ONVIF answers, pictures. */
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { explainEnd, isCameraReason } from '../../../../src/camera/failure';
import { traitsOf } from '../../../../src/camera/ffmpeg';
import { LastLines } from '../../../../src/camera/last-lines';
import { cameraIn } from '../../../../src/camera/onvif-search';
import { onvifStreams, profilesIn } from '../../../../src/camera/onvif-streams';
import { PixelPool, readPictures } from '../../../../src/camera/pictures';
import { streamIn } from '../../../../src/camera/probe';
import { textOf } from '../../../../src/camera/xml';
import { declared, type Fuzz } from '../fuzz';
import { spoiltBytes, spoiltText } from '../spoiling';
import { answering } from '../wire';

const FFMPEG_SAID = [
  '[rtsp @ 0x55d0] method DESCRIBE failed: 401 Unauthorized\nrtsp://a:b@192.0.2.1/live: Server returned 401\n',
  "Input #0, rtsp, from 'rtsp://x':\n  Stream #0:0: Video: h264 (High), yuv420p(progressive), 1920x1080, 25 fps, 25 tbr, 90k tbn\n",
  'Could not find codec parameters for stream 0 (Video: hevc, none): unspecified size\n[h264 @ 0x1] error while decoding MB 1 2\n',
  'Connection to tcp://192.0.2.1:554?timeout=3000000 failed: Connection refused\n',
];
const PROBE_MATCH =
  '<s:Envelope xmlns:s="x"><s:Body><d:ProbeMatches><d:ProbeMatch><d:Scopes>onvif://www.onvif.org/name/East%20gate onvif://www.onvif.org/hardware/X1</d:Scopes><d:XAddrs>http://192.0.2.7/onvif/device_service http://[fe80::1]/onvif</d:XAddrs></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>';
const PROFILES =
  '<trt:GetProfilesResponse><trt:Profiles token="p&amp;1" fixed="true"><tt:Name>main</tt:Name><tt:VideoEncoderConfiguration token="v"><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>1920</tt:Width><tt:Height>1080</tt:Height></tt:Resolution></tt:VideoEncoderConfiguration></trt:Profiles></trt:GetProfilesResponse>';
const ANSWERS = [
  '<UTCDateTime><tt:Time><tt:Hour>1</tt:Hour><tt:Minute>2</tt:Minute><tt:Second>3</tt:Second></tt:Time><tt:Date><tt:Year>2026</tt:Year><tt:Month>11</tt:Month><tt:Day>30</tt:Day></tt:Date></UTCDateTime>',
  '<tt:Media><tt:XAddr>http://192.0.2.7/onvif/media</tt:XAddr></tt:Media>',
  PROFILES,
  '<trt:MediaUri><tt:Uri>rtsp://192.0.2.7:554/live?x=1&amp;y=2</tt:Uri></trt:MediaUri>',
];
const XML_WORDS = [
  '<Uri ',
  '<Profiles>',
  '</Profiles>',
  '<a:Profiles ',
  'token="',
  '<Width>',
  'Media>',
  '&amp;',
  '&lt;',
];

export async function camera(fuzz: Fuzz): Promise<void> {
  const said = fc.record({
    bytes: spoiltBytes({ samples: FFMPEG_SAID, words: ['\r', 'rtsp://u:p@h/', ' @ 0x1f', '404 ', 'Video: ', ', 1x1'] }),
    framesRead: fc.nat(2),
    wasStalled: fc.boolean(),
  });
  await fuzz.feed({ what: "ffmpeg's last words", inputs: 12_000, of: said }, async ({ bytes, ...end }) => {
    const stderr = new Readable({ read: () => undefined });
    const heard = new LastLines(stderr);
    stderr.push(bytes);
    stderr.push(null);
    for await (const _ of stderr);
    const { lines } = heard;
    traitsOf(lines.join('\n'));
    if (!isCameraReason(explainEnd({ ...end, lines }).reason)) throw new Error('a reason that is none');
    return streamIn(lines) === undefined ? 'refused' : 'taken';
  });
  const xml = spoiltText({ samples: [PROBE_MATCH, PROFILES], words: XML_WORDS });
  await fuzz.feed({ what: 'ONVIF messages', inputs: 8_000, of: xml }, (text) => {
    textOf(text, 'Uri');
    return cameraIn(text, '192.0.2.7') === undefined && profilesIn(text).length === 0 ? 'refused' : 'taken';
  });
  await pictures(fuzz);
  await onvif(fuzz);
}

async function pictures(fuzz: Fuzz): Promise<void> {
  const picture = Buffer.concat([Buffer.from('P6\n4 3\n255\n'), Buffer.alloc(36, 0x50)]);
  const words = ['P6\n', '255\n', '7680 4320', '99999 99999', '0 0', '-1 4'];
  const of = fc.tuple(
    spoiltBytes({ samples: [picture, Buffer.concat([picture, picture])], words }),
    fc.integer({ min: 1, max: 64 }),
  );
  await fuzz.feed({ what: 'pictures from ffmpeg', inputs: 6_000, of }, ([bytes, step]) =>
    declared(async () => {
      const pool = new PixelPool();
      const chunks = Array.from({ length: Math.min(500, Math.ceil(bytes.length / step)) }, (_, at) =>
        bytes.subarray(at * step, (at + 1) * step),
      );
      for await (const { pixels } of readPictures(Readable.from(chunks), pool)) pool.release(pixels);
    }),
  );
}

/** Over the wire: whatever the camera answers to each of the four questions. */
async function onvif(fuzz: Fuzz): Promise<void> {
  const http = ANSWERS.map((body) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const words = ['\r\n', 'Content-Length: ', 'Transfer-Encoding: chunked\r\n', 'HTTP/1.1 401 \r\n', ...XML_WORDS];
  const spoilt = spoiltBytes({ samples: http, words });
  const of = fc.tuple(
    ...http.map((good) =>
      fc.oneof({ weight: 3, arbitrary: fc.constant(Buffer.from(good)) }, { weight: 1, arbitrary: spoilt }),
    ),
  );
  await using server = await answering(createServer());
  await fuzz.feed({ what: 'ONVIF answers', inputs: 1_200, of }, (answers) => {
    server.say(answers);
    const login = { service: `http://127.0.0.1:${server.port}/onvif/device_service`, username: 'u', password: 'p' };
    return declared(() => onvifStreams(login, AbortSignal.timeout(10_000)));
  });
}
