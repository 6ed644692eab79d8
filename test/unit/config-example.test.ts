/** config/anqi.example.yaml is the manual: it must be valid, name every key, and show the true defaults. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseConfig } from '../../src/config/load';
import { configSchema } from '../../src/config/schema';

const TEXT = readFileSync(join(__dirname, '../../config/anqi.example.yaml'), 'utf8');

/** Every key of a JSON schema, with the names of the groups it is in. */
function keysOf(schema: unknown, path: readonly string[] = []): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const properties: unknown = Reflect.get(schema, 'properties');
  const own = Object.entries(typeof properties === 'object' && properties !== null ? properties : {}).flatMap(
    ([key, value]) => [[...path, key].join('.'), ...keysOf(value, [...path, key])],
  );
  const branches = ['items', 'oneOf', 'anyOf'].flatMap((name) => {
    const branch: unknown = Reflect.get(schema, name);
    return (Array.isArray(branch) ? branch : [branch]).flatMap((one) => keysOf(one, path));
  });
  return [...own, ...branches];
}

/** As JSON Schema, to be walked. */
const defaults = z.toJSONSchema(configSchema, { io: 'output', unrepresentable: 'any' });

describe('config/anqi.example.yaml', () => {
  it('is a good configuration', () => {
    const result = parseConfig(TEXT, {});
    expect(result.ok ? [] : result.problems).toEqual([]);
  });

  it('names every key there is', () => {
    const missing = keysOf(defaults).filter(
      (key) => !new RegExp(`(^|[\\s#{,-])${key.split('.').at(-1)}:`, 'm').test(TEXT),
    );
    expect(missing).toEqual([]);
  });

  it.each(['log', 'models', 'prompts', 'decision', 'evidence', 'console'] as const)(
    'shows the true defaults of %s',
    (group) => {
      const bare = configSchema.parse({
        version: 1,
        node: { id: 'a' },
        cameras: [{ id: 'c', url: 'rtsp://192.0.2.1/' }],
      });
      expect(parse(TEXT)[group]).toEqual({ ...bare[group] });
    },
  );
});
