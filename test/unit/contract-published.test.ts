/** The published files are those of the schemas, their examples pass them, and no released field has gone. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTRACT_VERSION } from '../../src/mqtt/commands';
import { MESSAGES } from '../../src/mqtt/contract';
import { contractFiles } from '../../src/mqtt/published';
import { incompatibilities } from '../support/compatibility';
import { CONTRACT_FOLDER, PublishedContract, schemaFiles } from '../support/published';

const RELEASED = join(__dirname, '../contract');
const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'));

describe('the published files', () => {
  it('are what the schemas make of them (else: npm run contract)', () => {
    const onDisk = readdirSync(CONTRACT_FOLDER).sort();
    expect(onDisk).toEqual([...contractFiles().keys()].sort());
    for (const [name, text] of contractFiles()) expect(readFileSync(join(CONTRACT_FOLDER, name), 'utf8')).toBe(text);
  });

  const contract = new PublishedContract();
  it.each(MESSAGES)('give examples of $name that pass its schema', ({ name, schema, examples, contentType }) => {
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      expect(schema.safeParse(example).error?.issues ?? []).toEqual([]);
      expect(contract.problems(name, example)).toEqual([]);
      expect(typeof example === 'string').toBe(contentType === 'text/plain');
    }
  });

  it('refuse what the schemas refuse', () => {
    const [violation] = MESSAGES.filter(({ name }) => name === 'violation-1').flatMap(({ examples }) => examples);
    const broken = { ...Object(violation), sequence: 7 };
    expect(contract.problems('violation-1', broken)).toEqual(['violation-1/sequence: must be string']);
    expect(contract.problems('violation-1', {})).toEqual(expect.arrayContaining([expect.stringMatching(/'id'/)]));
  });

  it('let a field pass that is added later', () => {
    const [violation] = MESSAGES.filter(({ name }) => name === 'violation-1').flatMap(({ examples }) => examples);
    expect(contract.problems('violation-1', { ...Object(violation), newer: true })).toEqual([]);
  });

  it('speak both languages of the prompts', () => {
    const prompts = MESSAGES.filter(({ name }) => name === 'prompt-1').flatMap(({ examples }) => examples);
    expect(prompts.map((event) => Object(event).data.prompt.lang)).toEqual(['zh-CN', 'wuu']);
  });
});

describe('whoever reads a released contract', () => {
  const directions = new Map(MESSAGES.map(({ name, direction }) => [name, direction]));
  const versions = readdirSync(RELEASED).filter((version) => version.split('.')[0] === CONTRACT_VERSION.split('.')[0]);
  const files = versions.flatMap((version) => schemaFiles(join(RELEASED, version)).map((file) => ({ version, file })));

  it('finds a frozen copy of it', () => expect(versions).toContain(CONTRACT_VERSION));

  it.each(files)('can still read $file of $version', ({ version, file }) => {
    const direction = directions.get(file.slice(0, -'.json'.length)) ?? 'send';
    expect(readdirSync(CONTRACT_FOLDER)).toContain(file);
    expect(incompatibilities(read(RELEASED, version, file), read(CONTRACT_FOLDER, file), direction)).toEqual([]);
  });

  it('finds every topic where it was', () => {
    const addresses = (folder: string): unknown[] =>
      Object.values(Object(read(folder, 'asyncapi.json')).channels).map((channel) => Object(channel).address);
    const now = addresses(CONTRACT_FOLDER);
    for (const version of versions) expect(now).toEqual(expect.arrayContaining(addresses(join(RELEASED, version))));
  });
});

describe('the comparison', () => {
  const text = { type: 'string' };
  const of = (properties: object, required: readonly string[] = []) => ({ type: 'object', properties, required });

  it.each([
    ['a field that is gone', of({ a: text, b: text }), of({ a: text }), ['/b: is gone']],
    ['a field deep inside', of({ a: of({ b: text }) }), of({ a: of({}) }), ['/a/b: is gone']],
    ['another type', of({ a: text }), of({ a: { type: 'integer' } }), ['/a: was "string", is "integer"']],
    ['a type that may be null now', of({ a: text }), of({ a: { type: ['string', 'null'] } }), [expect.any(String)]],
    ['a field that may be missing now', of({ a: text }, ['a']), of({ a: text }), ['/a: was always there']],
    ['a word that is gone', { enum: ['a', 'b'] }, { enum: ['a'] }, [': the word b is gone']],
    ['a constant that changed', { const: 'v1' }, { const: 'v2' }, [': was always v1']],
    ['a list of something else', { items: text }, { items: { type: 'number' } }, ['/items: was "string", is "number"']],
  ])('finds %s', (_title, before, after, found) => expect(incompatibilities(before, after, 'send')).toEqual(found));

  it('lets fields and words be added', () => {
    const before = of({ a: { type: 'string', enum: ['x'] } }, ['a']);
    const after = of({ a: { type: 'string', enum: ['x', 'y'] }, b: text }, ['a', 'b']);
    expect(incompatibilities(before, after, 'send')).toEqual([]);
  });

  it('lets a request demand nothing more, and less', () => {
    expect(incompatibilities(of({ a: text }), of({ a: text, b: text }, ['b']), 'receive')).toEqual([
      '/b: is demanded now',
    ]);
    expect(incompatibilities(of({ a: text }, ['a']), of({ a: text }), 'receive')).toEqual([]);
  });
});
