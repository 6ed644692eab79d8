/** What the schema says of the key at a place of a YAML text (pure; by indentation, which is how these files are written). */
export interface KeyHelp {
  readonly key: string;
  readonly words: string;
}

type Schema = Readonly<Record<string, unknown>>;

export function helpAt(text: string, caret: number, schema: Schema): KeyHelp | null {
  const path = pathAt(text.slice(0, caret).split('\n'), text.slice(caret).split('\n')[0] ?? '');
  if (path.length === 0) return null;
  const found = path.reduce<Schema | undefined>(
    (at, key) => (at === undefined ? undefined : propertyOf(at, key)),
    schema,
  );
  return found === undefined ? null : { key: path.join('.'), words: describe(found) };
}

function pathAt(before: readonly string[], rest: string): readonly string[] {
  const path: string[] = [];
  let depth = Number.POSITIVE_INFINITY;
  const lines = [...before.slice(0, -1), `${before.at(-1) ?? ''}${rest}`];
  for (const line of lines.toReversed()) {
    const [, indent = '', key] = /^(\s*(?:- )?)([\w-]+):/.exec(line.replace(/^(\s*)# ?/, '$1')) ?? [];
    if (key === undefined || indent.length >= depth) continue;
    path.unshift(key);
    depth = indent.length;
    if (depth === 0) break;
  }
  return path;
}

function propertyOf(schema: Schema, key: string): Schema | undefined {
  for (const one of variantsOf(schema)) {
    const properties = one.properties;
    const found = isRecord(properties) ? properties[key] : undefined;
    if (isRecord(found)) return found;
  }
  return undefined;
}

/** A list's entries, a union's members. */
function variantsOf(schema: Schema): Schema[] {
  const inner = [schema.items, schema.anyOf, schema.oneOf].flat().filter(isRecord);
  return [schema, ...inner.flatMap(variantsOf)];
}

function describe(schema: Schema): string {
  const limits = [
    schema.description,
    schema.type,
    Array.isArray(schema.enum) ? schema.enum.join(' | ') : undefined,
    schema.minimum === undefined ? undefined : `≥ ${String(schema.minimum)}`,
    schema.maximum === undefined ? undefined : `≤ ${String(schema.maximum)}`,
    schema.default === undefined || typeof schema.default === 'object' ? undefined : `= ${String(schema.default)}`,
  ];
  return limits.filter((one) => one !== undefined && one !== '').join(' · ');
}

function isRecord(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
