/** Cameras: list, find, test, change, look through. */
import type { Input } from './contract';
import { type Asked, type HandlerParts, type Handlers, note, serviceOf, sessionIn } from './handler';
import type { Edit } from './ports';
import { ConsoleRefusal } from './refusal';

type Name =
  | 'listCameras'
  | 'addCamera'
  | 'changeCamera'
  | 'removeCamera'
  | 'testCamera'
  | 'discoverCameras'
  | 'cameraStreams'
  | 'cameraPicture'
  | 'cameraView';

/** A camera test is given up with the technician's patience. */
const LONGEST_MS = 20_000;

export function cameraHandlers(parts: HandlerParts): Pick<Handlers, Name> {
  const cameras = () => serviceOf(parts.ports).cameras;
  const edit = (
    edits: readonly Edit[],
    what: { readonly action: string; readonly id: string; readonly asked: Asked },
  ) => {
    const { username } = sessionIn(what.asked);
    const changed = serviceOf(parts.ports).configuration.edit(edits, { by: username });
    const keys = edits.map(({ path }) => path.at(-1)).join(' ');
    note(parts, what.action, { asked: what.asked, detail: `${what.id} ${keys}`.trim() });
    return changed;
  };
  /** Its place in the list. */
  const placeOf = (id: string): number => {
    const place = cameras()
      .list()
      .cameras.findIndex((one) => one.id === id);
    if (place < 0) throw new ConsoleRefusal('not_found', `no camera ${id}`);
    return place;
  };
  const patience = (): AbortSignal => AbortSignal.timeout(LONGEST_MS);
  return {
    listCameras: () => cameras().list(),
    addCamera: ({ body: { id, ...fields } }, asked) => {
      const { cameras: known } = cameras().list();
      if (known.some((one) => one.id === id)) throw new ConsoleRefusal('conflict', `there is a camera ${id} already`);
      const value = Object.fromEntries(Object.entries({ id, ...fields }).filter(([, one]) => one !== null));
      return edit([{ path: ['cameras', known.length], value }], { action: 'console.camera.add', id, asked });
    },
    changeCamera: ({ params: { id }, body }, asked) => {
      const place = placeOf(id);
      const shown = cameras().list().cameras[place];
      // An address is shown without the password that may be in it: as it was shown it stays as it is.
      const fields = Object.entries(body).filter(([key, value]) => key !== 'url' || value !== shown?.url);
      const edits = fields.map(([key, value]) => ({
        path: ['cameras', place, key],
        value: value ?? undefined,
      }));
      return edit(edits, { action: 'console.camera.change', id, asked });
    },
    removeCamera: ({ params: { id } }, asked) =>
      edit([{ path: ['cameras', placeOf(id)], value: undefined }], { action: 'console.camera.remove', id, asked }),
    testCamera: ({ body }, asked) => {
      note(parts, 'console.camera.test', { asked, detail: withoutQuery(body) });
      return cameras().test(body, patience());
    },
    discoverCameras: async () => ({ found: [...(await cameras().discover(patience()))] }),
    cameraStreams: async ({ body }) => ({ streams: [...(await cameras().streams(body, patience()))] }),
    cameraPicture: async ({ params: { id } }) => {
      placeOf(id);
      return { name: `${id}.jpg`, type: 'image/jpeg', content: await cameras().picture(id) };
    },
    cameraView: ({ params: { id } }) => {
      placeOf(id);
      return cameras().view(id);
    },
  };
}

/** Some cameras take a password there. */
function withoutQuery({ url }: Input<'testCamera'>['body']): string {
  return url.replace(/\?.*/, '?…');
}
