/** What a device means by its HTTP or RTSP status. Pure. */
import { RecoverableError } from '../../errors';
import type { Answer } from './http-device';
import { TAKEN_BY_DEVICE, type Verdict } from './network';

/** @throws RecoverableError `wrong_password`, `forbidden`, `no_channel`, `busy` or `refused` when it is not a success */
export function expectSuccess({ status, body }: Answer, what: string): void {
  if (status >= 200 && status < 300) return;
  const told = deviceWords(body);
  throw new RecoverableError(faultCode(status, told), `${what}: status ${status}${told === '' ? '' : ` (${told})`}`);
}

/** After a whole sound was sent; null = no answer came. @throws as expectSuccess */
export function verdictOf(answer: Answer | null, what: string): Verdict {
  if (answer === null) {
    const reason = `no_answer: ${what}: the device took the sound and did not say that it played it`;
    return { playback: 'unconfirmed', reason, proof: null };
  }
  expectSuccess(answer, what);
  return TAKEN_BY_DEVICE;
}

function faultCode(status: number, told: string): string {
  if (/busy|occupied|in ?use/i.test(told)) return 'busy';
  switch (status) {
    case 401:
      return 'wrong_password';
    case 403:
      return 'forbidden';
    case 404:
    case 551: // RTSP: the option "backchannel" is not supported
      return 'no_channel';
    case 409:
    case 423:
    case 453: // RTSP: not enough bandwidth, said when the channel is taken
    case 503:
      return 'busy';
    default:
      return 'refused';
  }
}

/** The device's own words where it has some: an ISAPI status, or Dahua's `Error` line. */
function deviceWords(body: string): string {
  const words =
    elementText(body, 'subStatusCode') ?? elementText(body, 'statusString') ?? /^Error\b.*/m.exec(body)?.[0];
  return (words ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, 80);
}

/** Text of the first element of that name; devices write no prefixes and no attributes here. */
export function elementText(xml: string, name: string): string | null {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim() ?? null;
}
