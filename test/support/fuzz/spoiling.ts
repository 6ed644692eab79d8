/** Bad input out of good: bytes, texts and JSON values with damage in them, as fast-check arbitraries that shrink. */
import fc from 'fast-check';

/** Where, as a share of the length, so that it fits every sample and shrinks towards the start. */
const place = fc.nat(0xffff);

const edit = (words: readonly string[]) =>
  fc.oneof(
    fc.record({ kind: fc.constant('byte' as const), at: place, value: fc.nat(255) }),
    fc.record({ kind: fc.constant('cut' as const), at: place, bytes: fc.nat(400) }),
    fc.record({ kind: fc.constant('end' as const), at: place }),
    fc.record({ kind: fc.constant('repeat' as const), at: place, bytes: fc.nat(60), times: fc.nat(40) }),
    fc.record({ kind: fc.constant('word' as const), at: place, word: fc.constantFrom(...words) }),
    fc.record({ kind: fc.constant('noise' as const), at: place, noise: fc.uint8Array({ maxLength: 24 }) }),
  );
type Edit = ReturnType<typeof edit> extends fc.Arbitrary<infer E> ? E : never;

export interface Spoiling {
  readonly samples: readonly (Buffer | string)[];
  /** What the format gives a meaning to: inserted here and there. */
  readonly words?: readonly string[];
}

/** Signs and numbers that stand for more than themselves in one format or another. */
export const COMMON_WORDS = [
  ...['\0', '\r\n', '\n\n', ' ', '"', "'", '\\', '{', '}', '[', ']', '<', '>', ':', ',', '%', '%00', '../', '\ufeff'],
  ...['-1', '0', '65536', '4294967295', '-2147483648', '9007199254740993', '1e999', 'NaN', 'null', 'true'],
  ...['__proto__', 'constructor', 'toString', '\u202e', '\ud83d', '路口', 'a'.repeat(300)],
];

/** One to eight faults in a sample; now and then the sample as it is, or bytes that never were one. */
export function spoiltBytes({ samples, words = [] }: Spoiling): fc.Arbitrary<Buffer> {
  const buffers = samples.map((sample) => Buffer.from(sample));
  const spoilt = fc
    .tuple(fc.constantFrom(...buffers), fc.array(edit([...COMMON_WORDS, ...words]), { maxLength: 8 }))
    .map(([sample, edits]) => edits.reduce(apply, sample));
  return fc.oneof(
    { weight: 120, arbitrary: spoilt },
    { weight: 3, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: endless([...COMMON_WORDS, ...words]).map((text) => Buffer.from(text)) },
  );
}

export function spoiltText(spoiling: Spoiling): fc.Arbitrary<string> {
  return spoiltBytes(spoiling).map((bytes) => bytes.toString('utf8'));
}

/** One word many thousand times: what recursion and backtracking do not survive. Up to 64 KiB. */
export function endless(words: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...words), fc.constantFrom(100, 5_000, 64 * 1024))
    .map(([word, chars]) => word.repeat(Math.floor(chars / word.length)));
}

function apply(bytes: Buffer, one: Edit): Buffer {
  const at = Math.floor((one.at / 0x10000) * (bytes.length + 1));
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (one.kind) {
    case 'byte':
      return Buffer.concat([before, Buffer.from([one.value]), after.subarray(1)]);
    case 'cut':
      return Buffer.concat([before, after.subarray(one.bytes)]);
    case 'end':
      return before;
    case 'repeat':
      return Buffer.concat([before, ...Array.from({ length: one.times }, () => after.subarray(0, one.bytes)), after]);
    case 'word':
      return Buffer.concat([before, Buffer.from(one.word), after]);
    case 'noise':
      return Buffer.concat([before, one.noise, after]);
  }
}

type Change = readonly [steps: readonly number[], value: unknown, how: 'set' | 'drop' | 'add'];

/** A good value in which some places hold something else, are gone, or have company. */
export function spoiltJson(samples: readonly unknown[]): fc.Arbitrary<unknown> {
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<unknown>(null, true, -1, 0, 1e308, 0.5, '', 'x', [], {}, [[]], '\0', '1') },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  );
  const change: fc.Arbitrary<Change> = fc.tuple(
    fc.array(fc.nat(1000), { minLength: 1, maxLength: 6 }),
    value,
    fc.constantFrom('set', 'set', 'drop', 'add'),
  );
  return fc.oneof(
    {
      weight: 20,
      arbitrary: fc
        .tuple(fc.constantFrom(...samples), fc.array(change, { maxLength: 5 }))
        .map(([sample, changes]) => changes.reduce(changed, structuredClone(sample))),
    },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
}

/** Steps go into the value as far as it reaches; the last place found is changed. */
function changed(root: unknown, [steps, value, how]: Change): unknown {
  let holder: object | undefined;
  let key = '';
  let here = root;
  for (const step of steps) {
    if (typeof here !== 'object' || here === null) break;
    const keys = Object.keys(here);
    if (keys.length === 0) break;
    holder = here;
    key = keys[step % keys.length] ?? '';
    here = Reflect.get(here, key);
  }
  if (holder === undefined) return structuredClone(value);
  if (how === 'drop') Reflect.deleteProperty(holder, key);
  else Reflect.set(holder, how === 'add' ? `${key}2` : key, structuredClone(value));
  return root;
}
