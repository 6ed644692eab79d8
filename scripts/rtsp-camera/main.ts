/**
 * The RTSP camera as a command: prints its URL on stdout, serves until SIGINT or SIGTERM.
 */
import { Command, InvalidArgumentError } from 'commander';
import { messageOf } from '../../src/errors';
import { RtspCamera } from './rtsp-camera';

interface Flags {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly user?: string;
  readonly password?: string;
}

async function serve(film: string, flags: Flags): Promise<void> {
  const { user, password = '', ...place } = flags;
  await using camera = await RtspCamera.start({
    film,
    ...place,
    ...(user === undefined ? {} : { credentials: { user, password } }),
  });
  process.stdout.write(`${camera.url}\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('a port is 0–65535');
  return port;
}

new Command('rtsp-camera')
  .description('serves a video file as an RTSP camera, in a loop, from its beginning for every viewer')
  .argument('<film>', 'H.264 or H.265 file')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--port <number>', 'port to listen on; 0 = any free one', portNumber, 0)
  .option('--path <path>', 'where the stream is', '/live')
  .option('--user <name>', 'ask for this user (Digest)')
  .option('--password <password>', 'and this password')
  .action(serve)
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`rtsp-camera: ${messageOf(error)}\n`);
    process.exitCode = 1;
  });
