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
  'not_rtsp',
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
  // ffmpeg plays although the camera offered nothing it could set up.
  ['no_video', /method PLAY failed: 4/],
  ['not_found', /\b404 |\b454 /],
  ['busy', /\b453 |\b503 /],
  ['transport_refused', /\b461 |Nonmatching transport/i],
  [
    'unreachable',
    /Connection refused|Connection reset|timed out|No route to host|Network is unreachable|Host is down|Failed to resolve/i,
  ],
  ['unsupported_codec', /Decoder \(codec [^)]*\) not found|no decoder (?:found|could be found)|unknown codec/i],
  [
    'corrupt',
    /error while decoding|Invalid NAL|non-existing [PS]PS|PS id out of range|no frame!|is not implemented|nal size exceeds|Undefined type|Error parsing|Error submitting packet/i,
  ],
  // Nothing was decoded yet: the host answers, but in another language.
  ['not_rtsp', /Invalid data found when processing input/],
  // ffmpeg gave up waiting for pictures of a codec that it knows well.
  ['stalled', /Could not find codec parameters for stream \d+ \(Video: (?:h264|hevc)/],
  ['unsupported_codec', /Could not find codec parameters for stream \d+ \(Video:/],
  ['no_video', /does not contain any stream|matches no streams/i],
];

/** The reason, and ffmpeg's own words without credentials. */
export function explainEnd({ lines, framesRead, wasStalled }: StreamEnd): { reason: CameraReason; detail: string } {
  const otherwise = wasStalled ? 'stalled' : 'ended';
  const words = lines.join('\n');
  const said = framesRead > 0 ? undefined : SAID.find(([, pattern]) => pattern.test(words))?.[0];
  return {
    reason: said ?? otherwise,
    detail: redactUrlCredentials(lines.slice(-3).join(' | ')) || 'ffmpeg said nothing',
  };
}
