/** Asks an ONVIF camera for its streams: SOAP with a digested password (WS-UsernameToken), never to another host. */
import { createHash, randomBytes } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { messageOf, RecoverableError } from '../errors';
import { deadline } from '../runtime/deadline';
import { elementsOf, textOf } from './xml';

export interface OnvifStream {
  readonly name: string;
  /** Without user and password. */
  readonly url: string;
  readonly codec: string;
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface OnvifLogin {
  readonly service: string;
  readonly username: string;
  readonly password: string;
}

const ANSWER_MS = 5_000;
const MAX_BYTES = 1024 * 1024;
const MAX_PROFILES = 8;
const MEDIA = 'http://www.onvif.org/ver10/media/wsdl';
const DEVICE = 'http://www.onvif.org/ver10/device/wsdl';
const SECURITY = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';

/** The largest first. @throws RecoverableError onvif/unauthorized | onvif/unreachable | onvif/odd */
export async function onvifStreams(login: OnvifLogin, signal: AbortSignal): Promise<readonly OnvifStream[]> {
  const skewMs = await clockSkew(login, signal);
  const capabilities = await ask(
    login,
    { body: `<GetCapabilities xmlns="${DEVICE}"><Category>Media</Category></GetCapabilities>`, skewMs },
    signal,
  );
  const media = textOf(elementsOf(capabilities, 'Media')[0]?.inner ?? '', 'XAddr') ?? '';
  const at = { ...login, service: sameHost(media === '' ? login.service : media, login.service) };
  const profiles = profilesIn(await ask(at, { body: `<GetProfiles xmlns="${MEDIA}"/>`, skewMs }, signal));
  if (profiles.length === 0) throw new RecoverableError('onvif/odd', 'the camera names no media profile');
  const streams: OnvifStream[] = [];
  for (const { token, ...profile } of profiles.slice(0, MAX_PROFILES)) {
    const body = `<GetStreamUri xmlns="${MEDIA}"><StreamSetup><Stream xmlns="http://www.onvif.org/ver10/schema">RTP-Unicast</Stream><Transport xmlns="http://www.onvif.org/ver10/schema"><Protocol>RTSP</Protocol></Transport></StreamSetup><ProfileToken>${escaped(token)}</ProfileToken></GetStreamUri>`;
    const uri = unescaped(textOf(await ask(at, { body, skewMs }, signal), 'Uri') ?? '');
    if (/^rtsps?:\/\//i.test(uri) && URL.canParse(uri)) streams.push({ ...profile, url: plain(uri, login.service) });
  }
  return streams.sort((a, b) => b.widthPx * b.heightPx - a.widthPx * a.heightPx);
}

export function profilesIn(xml: string) {
  return elementsOf(xml, 'Profiles').flatMap(({ attributes, inner }) => {
    const token = /token="([^"]+)"/.exec(attributes)?.[1];
    const encoder = elementsOf(inner, 'VideoEncoderConfiguration')[0]?.inner;
    if (token === undefined || encoder === undefined) return [];
    const number = (name: string): number => Number(textOf(encoder, name) ?? 0) || 0;
    const name = unescaped(textOf(inner, 'Name') ?? token).slice(0, 100);
    const codec = textOf(encoder, 'Encoding') ?? '';
    return [{ token: unescaped(token), name, codec, widthPx: number('Width'), heightPx: number('Height') }];
  });
}

/** A camera's clock is often wrong, and it refuses passwords of another time. */
async function clockSkew(login: OnvifLogin, signal: AbortSignal): Promise<number> {
  const xml = await ask(login, { body: `<GetSystemDateAndTime xmlns="${DEVICE}"/>` }, signal);
  const utc = elementsOf(xml, 'UTCDateTime')[0]?.inner;
  if (utc === undefined) return 0;
  const part = (name: string): number => Number(textOf(utc, name));
  const atMs = Date.UTC(part('Year'), part('Month') - 1, part('Day'), part('Hour'), part('Minute'), part('Second'));
  return Number.isNaN(atMs) ? 0 : atMs - Date.now();
}

async function ask(
  { service, username, password }: OnvifLogin,
  { body, skewMs }: { readonly body: string; readonly skewMs?: number },
  signal: AbortSignal,
): Promise<string> {
  const header = skewMs === undefined ? '' : security(username, password, new Date(Date.now() + skewMs));
  const envelope = `<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header>${header}</e:Header><e:Body>${body}</e:Body></e:Envelope>`;
  const { status, text } = await post(service, envelope, signal);
  if (status === 401 || /NotAuthorized|FailedAuthentication/i.test(text))
    throw new RecoverableError('onvif/unauthorized', 'the camera refuses this user or password');
  if (status !== 200) throw new RecoverableError('onvif/odd', `the camera answered ${status}`);
  return text;
}

function security(username: string, password: string, at: Date): string {
  const nonce = randomBytes(16);
  const created = at.toISOString();
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64');
  return `<s:Security xmlns:s="${SECURITY}-wssecurity-secext-1.0.xsd" xmlns:u="${SECURITY}-wssecurity-utility-1.0.xsd"><s:UsernameToken><s:Username>${escaped(username)}</s:Username><s:Password Type="${SECURITY}-username-token-profile-1.0#PasswordDigest">${digest}</s:Password><s:Nonce EncodingType="${SECURITY}-soap-message-security-1.0#Base64Binary">${nonce.toString('base64')}</s:Nonce><u:Created>${created}</u:Created></s:UsernameToken></s:Security>`;
}

/** No redirect is followed. A camera's certificate is of its own making. */
function post(
  url: string,
  body: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/soap+xml; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    };
    // A connection for each: cameras hang up after an answer without saying so.
    const options = { method: 'POST', headers, agent: false, signal: deadline(ANSWER_MS, signal) } as const;
    const fail = (cause: unknown): void =>
      reject(new RecoverableError('onvif/unreachable', `the camera does not answer: ${messageOf(cause)}`, { cause }));
    const asking = url.startsWith('https:')
      ? requestHttps(url, { ...options, rejectUnauthorized: false })
      : requestHttp(url, options);
    asking.on('error', fail);
    asking.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > MAX_BYTES) asking.destroy(new Error('its answer is too long'));
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', fail);
    });
    asking.end(body);
  });
}

/** What a camera says of its own address may lead elsewhere (or nowhere, behind NAT): the host stays the one that was asked. */
function sameHost(url: string, as: string): string {
  if (!URL.canParse(url)) return as;
  const moved = new URL(url);
  moved.hostname = new URL(as).hostname;
  return moved.href;
}

function plain(url: string, service: string): string {
  const bare = new URL(sameHost(url, service));
  bare.username = '';
  bare.password = '';
  return bare.href;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function unescaped(text: string): string {
  return text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
}
