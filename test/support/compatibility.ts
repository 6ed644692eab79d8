/**
 * Whether a subscriber of a released contract can still read today's: every field it knew is there with its type, what was
 * always there is always there, every word of an enumeration still exists. Requests turned round: nothing more is demanded.
 */
type Node = Readonly<Record<string, unknown>>;

export function incompatibilities(released: unknown, now: unknown, direction: 'send' | 'receive'): string[] {
  return compare(asNode(released), asNode(now), { path: '', direction });
}

interface Place {
  readonly path: string;
  readonly direction: 'send' | 'receive';
}

function compare(before: Node, after: Node, place: Place): string[] {
  const { path, direction } = place;
  const found: string[] = [];
  if (Object.keys(before).length > 0 && JSON.stringify(before.type) !== JSON.stringify(after.type)) {
    found.push(`${path || '/'}: was ${JSON.stringify(before.type)}, is ${JSON.stringify(after.type)}`);
  }
  if (before.const !== undefined && before.const !== after.const) found.push(`${path}: was always ${before.const}`);
  for (const word of listOf(before.enum)) {
    if (!listOf(after.enum).includes(word)) found.push(`${path}: the word ${word} is gone`);
  }
  const [must, may] = direction === 'send' ? [before, after] : [after, before];
  for (const name of listOf(must.required)) {
    if (listOf(may.required).includes(name)) continue;
    found.push(direction === 'send' ? `${path}/${name}: was always there` : `${path}/${name}: is demanded now`);
  }
  for (const [name, child] of Object.entries(asNode(before.properties))) {
    const counterpart = asNode(after.properties)[name];
    if (counterpart === undefined) found.push(`${path}/${name}: is gone`);
    else found.push(...compare(asNode(child), asNode(counterpart), { ...place, path: `${path}/${name}` }));
  }
  for (const inner of ['items', 'additionalProperties']) {
    if (typeof before[inner] !== 'object') continue;
    found.push(...compare(asNode(before[inner]), asNode(after[inner]), { ...place, path: `${path}/${inner}` }));
  }
  return found;
}

function asNode(value: unknown): Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
