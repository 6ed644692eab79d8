/**
 * Why a stream ended, read from ffmpeg's last words (pure). The texts are those of ffmpeg 4.4 – 7.
 */
import { redactUrlCredentials } from '../runtime/redact';

export const CAMERA_REASONS = [
  'unreachable',
  'unauthorized',
  'not_found',
  'busy',
  'transport_refused',
  'no_video',
  'unsupported_codec',
  'corrupt',
  'stalled',
  'ended',
  'ffmpeg_missing',
] as const;

/** Stable: part of the wire contract and of the console's texts. */
export type CameraReason = (typeof CAMERA_REASONS)[number];

export function isCameraReason(code: string): code is CameraReason {
  return CAMERA_REASONS.some((reason) => reason === code);
}

export interface StreamEnd {
  /** ffmpeg's last lines on stderr, oldest first. */
  readonly lines: readonly string[];
  readonly framesRead: number;
  /** Our watchdog ended it. */
  readonly wasStalled: boolean;
}

/** First match wins: what the camera answered, then what the network said, then what the decoder said. */
const SAID: readonly (readonly [CameraReason, RegExp])[] = [
  ['unauthorized', /\b40[13] (?:Unauthorized|Forbidden)|authorization failed/i],
  ['not_found', /\b(?:404|454) |No such file or directory/i],
  ['busy', /\b(?:453|503) |Not Enough Bandwidth|Service Unavailable/i],
  ['transport_refused', /\b461 |Unsupported transport|Nonmatching transport/i],
  [
    'unreachable',
    /Connection refused|timed out|No route to host|Network is unreachable|Host is down|Failed to resolve|Name or service not known|name resolution/i,
  ],
  ['no_video', /matches no streams|does not contain any (?:stream|video)|Unable to find a suitable output/i],
  [
    'unsupported_codec',
    /Decoder \(codec [^)]*\) not found|Could not find codec parameters for stream \d+ \(Video: none|Unknown codec|unknown codec|Decoding requested, but no decoder found/i,
  ],
];

const DECODER_COMPLAINS =
  /Invalid data found|error while decoding|non-existing [PS]PS|[PVS]PS (?:\d+ )?(?:id )?out of range|no frame!|decode_slice_header error|Could not find codec parameters|Error splitting|Undefined type|unspecified size|moov atom not found/i;

/** The reason, and ffmpeg's own words without credentials. */
export function explainEnd({ lines, framesRead, wasStalled }: StreamEnd): { reason: CameraReason; detail: string } {
  const words = lines.join('\n');
  const detail = redactUrlCredentials(lines.slice(-3).join(' | ')) || 'ffmpeg said nothing';
  if (framesRead > 0) return { reason: wasStalled ? 'stalled' : 'ended', detail };
  const said = SAID.find(([, pattern]) => pattern.test(words))?.[0];
  const decoder = DECODER_COMPLAINS.test(words) ? 'corrupt' : undefined;
  return { reason: said ?? decoder ?? (wasStalled ? 'stalled' : 'ended'), detail };
}
