/** Every decision's threshold stands in a manifest, with its unit and its reason. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FatalError } from '../../src/errors';
import { MODEL_FOLDER, PACKAGE_ROOT } from '../../src/places';
import { MODEL_NAMES, type ModelName } from '../../src/vision/manifest';
import { readThresholds, type Thresholds } from '../../src/vision/thresholds';
import { THRESHOLDS } from '../support/rules';

type Written = Record<string, unknown>;

function json(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8'));
}
const shipped = (name: ModelName) => {
  const path = join(MODEL_FOLDER, `${name}.json`);
  return { path, thresholds: json(path).thresholds };
};
const entriesOf = (thresholds: unknown) =>
  Object.entries<{ readonly unit?: string; readonly reason?: string }>(Object(thresholds));

describe('the shipped manifests', () => {
  const read: Thresholds = readThresholds(shipped);

  it('hold every threshold there is', () => {
    for (const name of MODEL_NAMES)
      expect(Object.keys(read[name]).sort()).toEqual(Object.keys(THRESHOLDS[name]).sort());
  });

  it('hold none that nobody reads', () => {
    for (const name of MODEL_NAMES)
      expect(
        entriesOf(shipped(name).thresholds)
          .map(([key]) => key)
          .sort(),
      ).toEqual(Object.keys(read[name]).sort());
  });

  it('ask for more to say bare than to say worn: speaking to the wrong person is the worse error', () => {
    const { worn, notWorn, wornMean, notWornMean } = read['head-classifier'];
    expect(notWorn).toBeGreaterThan(worn);
    expect(notWornMean).toBeGreaterThan(wornMean);
    expect(wornMean).toBeGreaterThan(0.5);
  });

  it('give the units and reasons that the training publishes, measured ones in words of their own', () => {
    const published = json(join(PACKAGE_ROOT, 'scripts/train/thresholds.json'));
    const measured = ['worn', 'notWorn', 'unreadable'];
    for (const name of MODEL_NAMES) {
      const strip = (thresholds: unknown) =>
        Object.fromEntries(
          entriesOf(thresholds).map(([key, { unit, reason }]) => [
            key,
            { unit, reason: measured.includes(key) ? '' : reason },
          ]),
        );
      expect(strip(shipped(name).thresholds)).toEqual(strip(published[name]));
    }
  });
});

describe('refused, with file, key and cure, is', () => {
  const broken = (change: (written: Written) => Written) => () =>
    readThresholds((name) => {
      const { path, thresholds } = shipped(name);
      return { path, thresholds: name === 'head-classifier' ? change({ ...Object(thresholds) }) : thresholds };
    });
  const good = { value: 0.9, unit: 'probability', reason: 'measured' };

  it.each<[string, (written: Written) => Written, string]>([
    ['a threshold that is missing', ({ notWorn: _gone, ...rest }) => rest, 'thresholds.notWorn'],
    ['a bare number without unit and reason', (all) => ({ ...all, notWorn: 0.9 }), 'thresholds.notWorn'],
    ['a unit that is missing', (all) => ({ ...all, notWorn: { ...good, unit: undefined } }), 'thresholds.notWorn.unit'],
    ['another unit', (all) => ({ ...all, minSpanMs: { ...good, value: 500, unit: 's' } }), 'thresholds.minSpanMs.unit'],
    ['a reason that is missing', (all) => ({ ...all, worn: { ...good, reason: '' } }), 'thresholds.worn.reason'],
    ['a probability above 1', (all) => ({ ...all, worn: { ...good, value: 87 } }), 'thresholds.worn.value'],
    [
      'half a look',
      (all) => ({ ...all, minLooks: { ...good, value: 4.5, unit: 'count' } }),
      'thresholds.minLooks.value',
    ],
    ['no thresholds at all', () => ({}), 'thresholds.worn'],
  ])('%s', (_case, change, key) => {
    const read = broken(change);
    expect(read).toThrow(FatalError);
    expect(read).toThrow(join(MODEL_FOLDER, 'head-classifier.json'));
    expect(read).toThrow(`${key}:`);
    expect(read).toThrow('use the manifest of the same release');
  });
});
