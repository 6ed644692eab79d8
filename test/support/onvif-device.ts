/** An ONVIF camera's two doors: it answers a search, and tells its streams to whoever knows the password. */
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { textOf } from '../../src/camera/xml';

export interface OnvifDevice extends AsyncDisposable {
  readonly service: string;
  readonly search: { readonly address: string; readonly port: number };
  readonly asked: readonly string[];
}

const S = 'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tt="http://www.onvif.org/ver10/schema"';
const envelope = (body: string): string =>
  `<?xml version="1.0"?><s:Envelope ${S}><s:Body>${body}</s:Body></s:Envelope>`;

const profile = (token: string, name: string, [width, height]: readonly [number, number]): string =>
  `<trt:Profiles token="${token}" fixed="true"><tt:Name>${name}</tt:Name><tt:VideoEncoderConfiguration token="v"><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution></tt:VideoEncoderConfiguration></trt:Profiles>`;

/** Its clock is an hour behind. @param elsewhere the host it names for its media service and streams */
export async function onvifDevice(
  login: { user: string; password: string },
  elsewhere = '127.0.0.1',
): Promise<OnvifDevice> {
  const asked: string[] = [];
  let port = 0;
  const now = () => new Date(Date.now() - 3_600_000);
  const answer = (body: string): string => {
    if (body.includes('GetSystemDateAndTime')) {
      const at = now();
      return `<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime><tt:Time><tt:Hour>${at.getUTCHours()}</tt:Hour><tt:Minute>${at.getUTCMinutes()}</tt:Minute><tt:Second>${at.getUTCSeconds()}</tt:Second></tt:Time><tt:Date><tt:Year>${at.getUTCFullYear()}</tt:Year><tt:Month>${at.getUTCMonth() + 1}</tt:Month><tt:Day>${at.getUTCDate()}</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`;
    }
    if (body.includes('GetCapabilities'))
      return `<tds:Capabilities><tt:Media><tt:XAddr>http://${elsewhere}:${port}/onvif/media</tt:XAddr></tt:Media></tds:Capabilities>`;
    if (body.includes('GetProfiles'))
      return `${profile('sub', '子码流 &amp; small', [640, 360])}${profile('main', 'main', [1920, 1080])}`;
    return `<trt:MediaUri><tt:Uri>rtsp://${elsewhere}:554/${textOf(body, 'ProfileToken')}?a=1&amp;b=2</tt:Uri></trt:MediaUri>`;
  };
  const isKnown = (body: string): boolean => {
    if (body.includes('GetSystemDateAndTime')) return true;
    const created = textOf(body, 'Created') ?? '';
    const nonce = Buffer.from(textOf(body, 'Nonce') ?? '', 'base64');
    const digest = createHash('sha1').update(nonce).update(created).update(login.password).digest('base64');
    const isNow = Math.abs(Date.parse(created) - now().getTime()) < 10_000;
    return textOf(body, 'Username') === login.user && textOf(body, 'Password') === digest && isNow;
  };
  const server = createServer((request: IncomingMessage, response) => {
    void text(request).then((body) => {
      asked.push(body);
      const isIn = isKnown(body);
      response.statusCode = isIn ? 200 : 400;
      response.end(envelope(isIn ? answer(body) : '<s:Fault><s:Subcode>ter:NotAuthorized</s:Subcode></s:Fault>'));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  const service = `http://127.0.0.1:${port}/onvif/device_service`;
  const socket = createSocket('udp4');
  socket.on('message', (question, { address: to, port: back }) => {
    if (!question.includes('NetworkVideoTransmitter')) return;
    const scopes = 'onvif://www.onvif.org/name/%E4%B8%9C onvif://www.onvif.org/hardware/DS-2CD';
    const match = `<d:ProbeMatches><d:ProbeMatch><d:Scopes>${scopes}</d:Scopes><d:XAddrs>http://10.9.9.9/onvif ${service}</d:XAddrs></d:ProbeMatch></d:ProbeMatches>`;
    socket.send(envelope(match), back, to);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    service,
    asked,
    search: { address: '127.0.0.1', port: socket.address().port },
    [Symbol.asyncDispose]: async () => {
      socket.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
