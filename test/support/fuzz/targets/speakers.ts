/** What loudspeakers answer: logins, descriptions, statuses, RTSP and HTTP on the wire, receiver reports. */
import { createServer } from 'node:net';
import fc from 'fast-check';
import { createSpeaker } from '../../../../src/announcer/speakers/create';
import { elementText, expectSuccess } from '../../../../src/announcer/speakers/device-answer';
import { authorization, chooseChallenge } from '../../../../src/announcer/speakers/digest';
import { backchannelOf, ownTracksOf } from '../../../../src/announcer/speakers/onvif';
import { receptionOf } from '../../../../src/announcer/speakers/rtp-stream';
import { declared, type Fuzz } from '../fuzz';
import { spoiltBytes, spoiltText } from '../spoiling';
import { answering } from '../wire';

const CREDENTIALS = { username: 'a"b', password: 'p' };
const CHALLENGES = [
  'Digest realm="cam", nonce="abc\\"d", qop="auth,auth-int", algorithm=SHA-256, opaque="x", stale=TRUE, Basic realm="c"',
  'Basic realm=x',
];
const SDP = `v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=0\r\nm=audio 0 RTP/AVP 0 8 97\r\na=rtpmap:97 PCMA/8000/1\r\na=control:rtsp://192.0.2.7/live/trackID=2\r\na=sendonly\r\n`;
const STATUS =
  '<ResponseStatus><statusCode>4</statusCode><statusString>Invalid Operation</statusString><subStatusCode>deviceBusy</subStatusCode></ResponseStatus>';
const CHANNELS =
  '<TwoWayAudioChannelList><TwoWayAudioChannel version="2.0"><id>1</id><enabled>true</enabled><audioCompressionType>G.711ulaw</audioCompressionType></TwoWayAudioChannel></TwoWayAudioChannelList>';

export async function speakers(fuzz: Fuzz): Promise<void> {
  const lines = fc.array(
    spoiltText({ samples: CHALLENGES, words: ['Digest ', 'nonce=', 'qop=auth', 'algorithm=MD5-sess'] }),
    { maxLength: 3 },
  );
  await fuzz.feed({ what: 'logins that devices ask for', inputs: 9_000, of: lines }, (headers) => {
    const challenge = chooseChallenge(headers);
    if (challenge === null) return 'refused';
    authorization(challenge, CREDENTIALS, { method: 'GET', uri: '/x', nonceCount: 1, clientNonce: 'c' });
    return 'taken';
  });
  const sdp = spoiltText({
    samples: [SDP],
    words: ['m=audio 0 RTP/AVP ', 'a=rtpmap:', 'a=control:', 'a=sendonly\r\n', 'PCMU/8000'],
  });
  await fuzz.feed({ what: 'SDP descriptions', inputs: 9_000, of: sdp }, (text) => {
    ownTracksOf(text, 'rtsp://192.0.2.7/live');
    const channel = backchannelOf(text, 'rtsp://192.0.2.7/live');
    if (channel === null) return 'refused';
    if (!(channel.payloadType >= 0 && channel.payloadType < 128))
      throw new Error(`payload type ${channel.payloadType}`);
    return 'taken';
  });
  const answer = fc.tuple(
    fc.integer({ min: 0, max: 999 }),
    spoiltText({ samples: [STATUS, 'Error\r\nbusy'], words: ['<subStatusCode>'] }),
  );
  await fuzz.feed({ what: 'statuses of devices', inputs: 7_000, of: answer }, ([status, body]) =>
    declared(() => {
      elementText(body, 'sessionId');
      expectSuccess({ status, body }, 'x');
    }),
  );
  const report = Buffer.concat([
    Buffer.from('80c90001000000ff81c90007000000010000000205000000000000ff0000000000000000000000000', 'hex'),
  ]);
  await fuzz.feed({ what: 'RTCP reports', inputs: 5_000, of: spoiltBytes({ samples: [report] }) }, (bytes) =>
    receptionOf(bytes, 2) === null ? 'refused' : 'taken',
  );
  await wire(fuzz);
}

async function wire(fuzz: Fuzz): Promise<void> {
  await using camera = await answering(createServer(), { keepsLine: true });
  const ask = 'RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm="c", nonce="n"\r\n\r\n';
  const describe = `RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Base: rtsp://192.0.2.7/live/\r\nContent-Type: application/sdp\r\nContent-Length: ${SDP.length}\r\n\r\n${SDP}`;
  const words = ['RTSP/1.0 200 OK\r\n', 'Content-Length: -5\r\n', 'a:\r\n', '$\0\0\u0001x', '\r\n\r\n', ': '];
  const spoilt = spoiltBytes({ samples: [ask, describe, `$\0\0\u0004abcd${describe}`], words });
  const of = fc.tuple(
    fc.oneof({ weight: 1, arbitrary: fc.constant(Buffer.from(ask)) }, { weight: 2, arbitrary: spoilt }),
    spoilt,
  );
  await fuzz.feed({ what: 'RTSP answers of loudspeakers', inputs: 1_200, of }, async (answers) => {
    camera.say(answers);
    const options = { kind: 'onvif', url: `rtsp://127.0.0.1:${camera.port}/live`, credentials: CREDENTIALS } as const;
    return expected(await createSpeaker(options, fuzz.folder).check(AbortSignal.timeout(10_000)));
  });
  await using device = await answering(createServer());
  const body = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
  const login = 'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="c", nonce="n"\r\nContent-Length: 0\r\n\r\n';
  const http = spoiltBytes({
    samples: [
      body(CHANNELS),
      body('result=1\r\n'),
      body('root.Properties.Audio.Audio=yes'),
      login,
      login.replace('n"', '\u0001\u0080"'),
    ],
    words: [
      'Transfer-Encoding: chunked\r\n\r\n',
      'Content-Length: ',
      'HTTP/1.1 100 Continue\r\n\r\n',
      'nonce="\u0001"',
    ],
  });
  const kinds = fc.constantFrom('axis' as const, 'hikvision' as const, 'dahua' as const);
  await fuzz.feed(
    { what: 'HTTP answers of loudspeakers', inputs: 1_500, of: fc.tuple(kinds, http, http) },
    async ([kind, ...answers]) => {
      device.say(answers);
      const url = `http://127.0.0.1:${device.port}`;
      const options = { kind, channel: 1, url, credentials: CREDENTIALS, acceptsAnyCertificate: false };
      return expected(await createSpeaker(options, fuzz.folder).check(AbortSignal.timeout(10_000)));
    },
  );
}

/** `speaker_failed` is what an error gets that nobody foresaw. */
function expected(reason: string | null): 'taken' | 'refused' {
  if (reason?.startsWith('speaker_failed')) throw new Error(reason);
  return reason === null ? 'taken' : 'refused';
}
