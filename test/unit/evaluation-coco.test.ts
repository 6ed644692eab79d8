/** Labels in COCO format: what is taken from them, and what is said of faulty ones. */
import { FatalError } from '../../src/errors';
import { parseLabels } from '../../src/evaluation/coco';

const FILE = '/data/labels.json';

interface Coco {
  categories: unknown;
  images: unknown;
  annotations: unknown;
}

const category = (id: number, name: string) => ({ id, name });
const image = (id: number, rest: object = {}) => ({
  id,
  file_name: `images/${id}.jpg`,
  width: 100,
  height: 80,
  ...rest,
});
const annotation = (id: number, rest: object = {}) => ({
  id,
  image_id: 1,
  category_id: 1,
  bbox: [10, 20, 30, 40],
  iscrowd: 0,
  ...rest,
});
const GOOD: Coco = {
  categories: [category(1, 'helmet'), category(2, 'bare_head'), category(7, 'person')],
  images: [image(1), image(2)],
  annotations: [annotation(1)],
};
const parse = (change: Partial<Coco> = {}) => parseLabels(JSON.stringify({ ...GOOD, ...change }), FILE);

function messageOf(text: string): string {
  try {
    parseLabels(text, FILE);
  } catch (error) {
    if (error instanceof FatalError && error.code === 'evaluate/labels') return error.message;
    throw error;
  }
  throw new Error('no fault was found');
}

describe('good labels', () => {
  it('become pictures beside the file, each with its boxes', () => {
    const { pictures, remarks } = parse({ categories: [category(1, 'helmet'), category(2, 'bare_head')] });
    expect(remarks).toEqual([]);
    expect(pictures).toEqual([
      {
        file: 'images/1.jpg',
        path: '/data/images/1.jpg',
        widthPx: 100,
        heightPx: 80,
        scored: new Set(['helmet', 'bare_head']),
        labels: [{ category: 'helmet', box: { x: 10, y: 20, w: 30, h: 40 }, isIgnored: false }],
      },
      expect.objectContaining({ file: 'images/2.jpg', labels: [] }),
    ]);
  });

  it.each([
    ['all of the file without the key', {}, ['helmet', 'bare_head']],
    ['all of the file at null', { exhaustive_category_ids: null }, ['helmet', 'bare_head']],
    ['those named', { exhaustive_category_ids: [2, 7] }, ['bare_head']],
    ['none of an empty list', { exhaustive_category_ids: [] }, []],
  ])('are complete for %s', (_case, rest, scored) => {
    expect(parse({ images: [image(1, rest)] }).pictures[0]?.scored).toEqual(new Set(scored));
  });

  it.each([
    ['iscrowd 1', { iscrowd: 1 }, true],
    ['iscrowd absent', { iscrowd: undefined }, false],
    ['a head that is no good example', { recommended: 0 }, true],
    ['a good example', { recommended: 1 }, false],
  ])('%s: ignored or not', (_case, rest, isIgnored) => {
    expect(parse({ annotations: [annotation(1, rest)] }).pictures[0]?.labels[0]?.isIgnored).toBe(isIgnored);
  });

  it('reach half their height further down where only the headwear was boxed', () => {
    const { pictures } = parse({ annotations: [annotation(1, { box_scope: 'headwear' })] });
    expect(pictures[0]?.labels[0]?.box).toEqual({ x: 10, y: 20, w: 30, h: 60 });
  });

  it('may begin with a byte order mark', () => {
    expect(parseLabels(`\uFEFF${JSON.stringify(GOOD)}`, FILE).pictures).toHaveLength(2);
  });

  it('keep what is on the head and where the picture came from', () => {
    const { pictures } = parse({
      images: [image(1, { source: 'east' })],
      annotations: [annotation(1, { sub: 'cap' })],
    });
    expect(pictures[0]?.labels[0]).toMatchObject({ sub: 'cap', source: 'east' });
  });

  it('lose categories by other names, in one remark', () => {
    const { pictures, remarks } = parse({ annotations: [annotation(1, { category_id: 7 })] });
    expect(pictures[0]?.labels).toEqual([]);
    expect(remarks).toHaveLength(1);
    expect(remarks[0]).toMatch(/person$/);
  });

  it.each([
    ['without width', [10, 20, 0, 40]],
    ['right of the picture', [100, 20, 5, 5]],
    ['above the picture', [10, -9, 5, 9]],
  ])('lose a box %s, with a remark', (_case, bbox) => {
    const { pictures, remarks } = parse({
      categories: [category(1, 'helmet')],
      annotations: [annotation(11, { bbox }), annotation(12)],
    });
    expect(pictures[0]?.labels).toHaveLength(1);
    expect(remarks).toEqual([expect.stringContaining('11 (image 1)')]);
  });

  it('keep a box that reaches over the edge as it is', () => {
    const { pictures } = parse({ annotations: [annotation(1, { bbox: [-5, 70, 30, 40] })] });
    expect(pictures[0]?.labels[0]?.box).toEqual({ x: -5, y: 70, w: 30, h: 40 });
  });
});

describe('faulty labels', () => {
  it.each<[string, string, readonly string[]]>([
    ['an empty file', '', ['is not JSON', 'Export']],
    ['no JSON', 'images:', ['is not JSON', 'Export']],
    ['NaN', '{"annotations": [{"bbox": [1, NaN, 2, 3]}]}', ['is not JSON', 'NaN', 'mend or remove']],
    ['minus infinity', '{"annotations": [{"bbox": [-Infinity, 1, 2, 3]}]}', ['Infinity', 'mend or remove']],
    ['a list', '[]', ['the file', 'COCO has']],
    ['nothing inside', '{}', ['categories', 'images', 'annotations']],
  ])('%s', (_case, text, words) => {
    const message = messageOf(text);
    for (const word of [FILE, ...words]) expect(message).toContain(word);
  });

  it.each<[string, Partial<Coco>, readonly string[]]>([
    ['no pictures', { images: [] }, ['images', 'no pictures']],
    ['a picture without size', { images: [image(1, { width: undefined })] }, ['images[0].width']],
    ['a picture of no pixels', { images: [image(1, { height: 0 })] }, ['images[0].height']],
    ['a box of three numbers', { annotations: [annotation(1, { bbox: [1, 2, 3] })] }, ['annotations[0].bbox']],
    ['null in a box', { annotations: [annotation(1, { bbox: [1, 2, 3, null] })] }, ['annotations[0].bbox[3]']],
    ['a negative height', { annotations: [annotation(1, { bbox: [1, 2, 3, -4] })] }, ['annotations[0].bbox[3]']],
    ['an unknown picture', { annotations: [annotation(5, { image_id: 9 })] }, ['image_id', 'annotation 5 of image 9']],
    ['an unknown category', { annotations: [annotation(5, { category_id: 9 })] }, ['category_id', 'annotation 5', '9']],
    [
      'an unknown complete category',
      { images: [image(1, { exhaustive_category_ids: [9] })] },
      ['images/1.jpg', 'exhaustive'],
    ],
    ['a picture id twice', { images: [image(1), image(1)] }, ['twice in "images"', '1']],
    ['an annotation id twice', { annotations: [annotation(4), annotation(4)] }, ['twice in "annotations"', '4']],
    ['a category id twice', { categories: [category(1, 'helmet'), category(1, 'b')] }, ['twice in "categories"', '1']],
    ['other categories only', { categories: [category(1, 'hat')] }, ['"hat"', 'bare_head', 'rider_with_vehicle']],
    ['no categories', { categories: [], annotations: [] }, ['empty', 'bare_head']],
  ])('%s', (_case, change, words) => {
    const message = messageOf(JSON.stringify({ ...GOOD, ...change }));
    for (const word of [FILE, ...words]) expect(message).toContain(word);
  });

  it('an infinite number in JSON', () => {
    expect(messageOf(JSON.stringify(GOOD).replace('[10,20,30,40]', '[1e999,20,30,40]'))).toContain(
      'annotations[0].bbox[0]',
    );
  });

  it('of several kinds are told at once; of one kind they are counted and the first are named', () => {
    const lost = Array.from({ length: 12 }, (_value, index) => annotation(index, { image_id: 90 }));
    const message = messageOf(JSON.stringify({ ...GOOD, images: [image(1), image(1)], annotations: lost }));
    expect(message.split('\n')).toHaveLength(2);
    expect(message).toContain('annotation 0 of image 90');
    expect(message).toContain('12 in all');
    expect(message).not.toContain('annotation 11 of');
  });

  it('of form are told one line a kind, however many there are', () => {
    const negative = Array.from({ length: 40 }, (_value, index) => annotation(index, { bbox: [0, 0, -1, 1] }));
    const message = messageOf(JSON.stringify({ ...GOOD, annotations: negative }));
    expect(message.split('\n')).toHaveLength(1);
    expect(message).toContain('40 in all');
  });
});
