/** Routes of cameras: list, find, test, change, and what they see. */
import { z } from 'zod';
import { changeSchema, idSchema, line, type RouteSpec } from './route';

const ratio = z.number().min(0).max(1);
const point = z.tuple([ratio, ratio]);
const polygon = z.array(point).min(3).max(20);
const box = z.strictObject({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });
const rtspUrl = z
  .string()
  .max(500)
  .regex(/^rtsps?:\/\/[^\s@]+$/i, 'an address such as rtsp://192.168.1.64:554/stream1, without user and password');
const transport = z.enum(['tcp', 'udp']);

/** What of a camera the page changes; other keys keep their values. */
const cameraFields = {
  name: line(100),
  enabled: z.boolean(),
  url: rtspUrl,
  username: line(200).nullable(),
  password: line(200).nullable().describe('never sent back'),
  transport,
  analysedFps: z.number().min(1).max(25),
  speaker: idSchema.nullable(),
  lane: z.int().min(0).max(20),
  direction: z.enum(['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW']).nullable(),
  watch: z.array(polygon).max(10),
  approach: z.array(polygon).max(10),
  travel: z.tuple([point, point]).nullable().describe('an arrow: who rides the other way is not spoken to'),
  ignore: z.array(polygon).max(10),
};
const cameraChange = z.strictObject(cameraFields).partial();
const camera = z
  .strictObject({ ...cameraFields, password: z.never().optional() })
  .omit({ password: true })
  .extend({
    id: idSchema,
    username: z.string().nullable(),
    url: z.string(),
    hasPassword: z.boolean(),
    state: z.string(),
    reason: z.string().nullable(),
  });

const riderSchema = z.strictObject({
  trackId: z.int(),
  box,
  foot: z.tuple([z.number(), z.number()]).describe('where the wheels touch the ground'),
  isWatched: z
    .boolean()
    .describe('stands where riders are spoken to, came through the approach zone, and goes along the arrow'),
  isAddressable: z.boolean(),
  persons: z.array(
    z.strictObject({
      seat: z.string(),
      head: box.nullable(),
      headPx: z.number().nullable(),
      state: z.enum(['worn', 'not_worn', 'unknown']),
      votes: z.strictObject({ worn: z.number(), notWorn: z.number() }),
    }),
  ),
});

export const viewSchema = z.strictObject({
  camera: idSchema,
  atMs: z.number().nullable().describe('when the frame was taken; null where none has come yet'),
  widthPx: z.number(),
  heightPx: z.number(),
  analysedInMs: z.number(),
  riders: z.array(riderSchema),
});

export const CAMERA_ROUTES = {
  listCameras: {
    method: 'GET',
    path: '/api/cameras',
    access: 'technician',
    summary: 'Every camera as it is configured, without its password',
    response: z.strictObject({ cameras: z.array(camera), speakers: z.array(z.string()) }),
  },
  addCamera: {
    method: 'POST',
    path: '/api/cameras',
    access: 'technician',
    summary: 'Another camera',
    body: cameraChange.extend({ id: idSchema, url: rtspUrl }),
    response: changeSchema,
  },
  changeCamera: {
    method: 'PUT',
    path: '/api/cameras/:id',
    access: 'technician',
    summary: 'What is given changes, the rest stays; zones included',
    params: z.strictObject({ id: idSchema }),
    body: cameraChange,
    response: changeSchema,
  },
  removeCamera: {
    method: 'DELETE',
    path: '/api/cameras/:id',
    access: 'technician',
    summary: 'Takes a camera out of the configuration',
    params: z.strictObject({ id: idSchema }),
    response: changeSchema,
  },
  testCamera: {
    method: 'POST',
    path: '/api/cameras/test',
    access: 'technician',
    summary: 'One picture of a stream, or the exact reason why there is none; only into console.cameraNetworks',
    body: z.strictObject({
      url: rtspUrl,
      username: line(200).nullable(),
      password: line(200).nullable(),
      transport,
      as: idSchema.nullable().describe('without a password: that of this camera'),
    }),
    response: z.strictObject({
      result: z.enum(['good', 'bad']),
      reason: z.string().nullable().describe('unauthorized, not_found, unreachable, unsupported_codec, …'),
      detail: z.string(),
      codec: z.string().nullable(),
      widthPx: z.number().nullable(),
      heightPx: z.number().nullable(),
      fps: z.number().nullable(),
      firstPictureMs: z.number().nullable().describe('from the request to the first picture'),
      picture: z.string().nullable().describe('JPEG, base64'),
    }),
  },
  discoverCameras: {
    method: 'POST',
    path: '/api/cameras/discover',
    access: 'technician',
    summary: 'Asks the local network for ONVIF cameras',
    body: z.strictObject({}),
    response: z.strictObject({
      found: z.array(
        z.strictObject({ address: z.string(), service: z.string(), name: z.string(), hardware: z.string() }),
      ),
    }),
  },
  cameraStreams: {
    method: 'POST',
    path: '/api/cameras/streams',
    access: 'technician',
    summary: 'The streams of an ONVIF camera, the largest first',
    body: z.strictObject({
      service: z
        .string()
        .max(300)
        .regex(/^https?:\/\/[^\s@]+$/, 'the address that discovery gave'),
      username: line(200),
      password: line(200),
    }),
    response: z.strictObject({
      streams: z.array(
        z.strictObject({
          name: z.string(),
          url: z.string(),
          codec: z.string(),
          widthPx: z.number(),
          heightPx: z.number(),
        }),
      ),
    }),
  },
  cameraPicture: {
    method: 'GET',
    path: '/api/cameras/:id/picture.jpg',
    access: 'viewer',
    summary: 'The camera’s picture now, every head blurred; kept nowhere',
    params: z.strictObject({ id: idSchema }),
    file: 'image/jpeg',
  },
  cameraView: {
    method: 'GET',
    path: '/api/cameras/:id/view',
    access: 'viewer',
    summary: 'Who was seen in the last frame, and how large heads were lately',
    params: z.strictObject({ id: idSchema }),
    response: viewSchema.extend({
      heads: z
        .array(z.strictObject({ x: z.number(), y: z.number(), px: z.number() }))
        .describe('lately seen, newest last'),
      minHeadPx: z.number().describe('smaller heads are never judged'),
    }),
  },
} as const satisfies Record<string, RouteSpec>;
