/** What the console may do with cameras. Tests and searches reach only the networks that the site names. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { withCredentials } from './camera/ffmpeg';
import { findOnvifCameras } from './camera/onvif-search';
import { onvifStreams } from './camera/onvif-streams';
import { type CameraProbe, probeCamera } from './camera/probe';
import type { CameraBoard } from './camera-board';
import type { CameraConfig, Config } from './config/schema';
import { networkList } from './console/networks';
import type { CameraPorts, LivePorts } from './console/ports';
import { ConsoleRefusal } from './console/refusal';
import { messageOf, RecoverableError } from './errors';
import { footPoint } from './geometry';
import type { FrameView } from './pipeline';
import { cameraSourceOptions } from './room-options';
import { redactUrlCredentials } from './runtime/redact';

export interface CameraWindowParts {
  readonly config: Config;
  readonly board: CameraBoard;
  /** JPEG of the next frame, every head blurred. */
  readonly still: (camera: string) => Promise<Uint8Array>;
  readonly minHeadPx: number;
}

export function cameraPorts(parts: CameraWindowParts): CameraPorts {
  const { config, board, minHeadPx } = parts;
  const reach = reachOf(config);
  return {
    list: () => ({
      cameras: config.cameras.map((one) => shown(one, board)),
      speakers: config.speakers.map(({ id }) => id),
    }),
    view: (id) => ({ ...viewOf(cameraOf(config, id), board.view(id)), heads: [...board.heads(id)], minHeadPx }),
    picture: (id) => parts.still(id).catch((error: unknown) => refuse(error)),
    test: async ({ url, username, password, transport, as }, signal) => {
      const known = as === null ? undefined : config.cameras.find((one) => one.id === as);
      const user = username ?? known?.username;
      const secret = password ?? known?.password;
      const login = { ...(user === undefined ? {} : { user }), ...(secret === undefined ? {} : { password: secret }) };
      const address = known !== undefined && redactUrlCredentials(known.url) === url ? known.url : url;
      return told(await probeCamera({ url: await reach(address), transport, ...login }, signal));
    },
    discover: async (signal) => {
      const found = await findOnvifCameras({}, signal);
      const isInside = networkList(networksOf(config));
      return found.filter(({ address }) => isInside(address));
    },
    streams: async ({ service, username, password }, signal) => {
      const streams = onvifStreams({ service: await reach(service), username, password }, signal);
      return [...(await streams.catch((error: unknown) => refuse(error)))];
    },
  };
}

export function livePorts({ config, board }: CameraWindowParts): LivePorts {
  return {
    source: (id) => {
      const camera = cameraOf(config, id);
      if (!camera.enabled) throw new ConsoleRefusal('not_found', `camera ${id} is disabled`);
      const { user, password, url, transport } = cameraSourceOptions(camera);
      const login = { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) };
      return { url: withCredentials({ url, ...login }), transport };
    },
    onView: (id, listener) => {
      const camera = cameraOf(config, id);
      return board.onView((of, view) => {
        if (of === id) listener(viewOf(camera, view));
      });
    },
  };
}

/** A frame as the live view and the zone editor show it (pure). */
export function viewOf(camera: Pick<CameraConfig, 'id'>, view: FrameView | undefined) {
  if (view === undefined)
    return { camera: camera.id, atMs: null, widthPx: 16, heightPx: 9, analysedInMs: 0, riders: [] };
  const { frame, riders, meant, analysedInMs } = view;
  const { capturedAtMs: atMs, widthPx, heightPx } = frame;
  return {
    ...{ camera: camera.id, atMs, widthPx, heightPx, analysedInMs: Math.round(analysedInMs) },
    riders: riders
      .filter((one) => one.isVisible)
      .map(({ trackId, box, isAddressable, persons }) => {
        const [x, y] = footPoint(box);
        const foot: [number, number] = [x, y];
        return {
          ...{ trackId, box, foot, isWatched: meant.has(trackId), isAddressable },
          persons: persons.map(({ seat, head, state, votes }) => ({
            ...{ seat, head, state, votes },
            headPx: head === null ? null : Math.round(head.h * heightPx),
          })),
        };
      }),
  };
}

function shown(camera: CameraConfig, board: CameraBoard) {
  const {
    id,
    name,
    enabled,
    url,
    username,
    password,
    transport,
    analysedFps,
    speaker,
    watch,
    approach,
    travel,
    ignore,
    lane,
    direction,
  } = camera;
  const [now] = board.history(id);
  return {
    ...{ id, name, enabled, url: redactUrlCredentials(url), transport, analysedFps, lane, watch, approach, ignore },
    username: username ?? null,
    hasPassword: password !== undefined,
    speaker: speaker ?? null,
    direction: direction ?? null,
    travel: travel ?? null,
    state: now?.state ?? 'connecting',
    reason: now?.reason ?? null,
  };
}

function cameraOf({ cameras }: Config, id: string): CameraConfig {
  const camera = cameras.find((one) => one.id === id);
  if (camera === undefined) throw new ConsoleRefusal('not_found', `no camera ${id}`);
  return camera;
}

const NOTHING = { codec: null, widthPx: null, heightPx: null, fps: null, firstPictureMs: null, picture: null };

function told(probe: CameraProbe) {
  if (probe.result === 'bad') return { ...NOTHING, ...probe };
  const { jpeg, ...facts } = probe;
  return { ...facts, reason: null, detail: '', picture: jpeg.toString('base64') };
}

function networksOf({ console: open }: Config): readonly string[] {
  return open?.cameraNetworks ?? [];
}

/** The same address with its host as a number that lies inside: what is asked later cannot be another one. */
function reachOf(config: Config): (url: string) => Promise<string> {
  const isInside = networkList(networksOf(config));
  return async (url) => {
    if (!URL.canParse(url)) throw new ConsoleRefusal('bad_request', 'url: not an address');
    const target = new URL(url);
    const host = target.hostname.replace(/^\[|\]$/g, '');
    const found = isIP(host) > 0 ? [{ address: host }] : await lookup(host, { all: true }).catch(() => []);
    const [first] = found;
    if (first === undefined) throw new ConsoleRefusal('refused', `${host}: no such name on this network`);
    if (!found.every(({ address }) => isInside(address)))
      throw new ConsoleRefusal('refused', `${host}: outside of the networks of console.cameraNetworks`);
    if (isIP(host) > 0) return url;
    target.hostname = isIP(first.address) === 6 ? `[${first.address}]` : first.address;
    return target.href;
  };
}

function refuse(error: unknown): never {
  if (error instanceof RecoverableError || error instanceof Error)
    throw new ConsoleRefusal('refused', messageOf(error));
  throw error;
}
