/**
 * Reads import statements and holds them against the import law. Pure: sources go in as text, offenders come out as sentences.
 * A small parser is enough: the sources are formatted by one tool, and tsc has already proved that every import resolves.
 */
import path from 'node:path';

/** Path from the project's root → text. */
export type Sources = ReadonlyMap<string, string>;

export interface PackageRule {
  /** Files that may import it. */
  readonly home: RegExp;
  /** How many files may do so; one where the package is wrapped once and for all, or once in each of its rooms. */
  readonly files: 'one' | 'one a room' | 'several';
}

export interface Law {
  /** Pure rooms: they import each other and nothing else. */
  readonly core: readonly RegExp[];
  /** What every shell may use besides core. */
  readonly shared: readonly RegExp[];
  /** Where shells meet; imported by nobody else. */
  readonly wiring: readonly RegExp[];
  /** Every package in use; one that is not listed is an offence, so that a new one is a decision. */
  readonly packages: Readonly<Record<string, PackageRule>>;
}

/** Strings come first, so that a `//` inside one does not count as a comment. */
const STRING_OR_COMMENT = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const STATEMENT = /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]/gm;
const CALL = /\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]/g;

export function withoutComments(source: string): string {
  return source.replace(STRING_OR_COMMENT, (found) => (found.startsWith('/') ? ' ' : found));
}

/** Every module a source names, type-only imports included. */
export function importsOf(source: string): readonly string[] {
  const code = withoutComments(source);
  const found = [...code.matchAll(STATEMENT), ...code.matchAll(CALL)];
  return [...new Set(found.flatMap((match) => match[1] ?? match[2] ?? []))];
}

type Target =
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'package'; readonly name: string };

function targetOf(from: string, specifier: string, sources: Sources): Target {
  if (specifier.startsWith('.')) {
    const base = path.posix.join(path.posix.dirname(from), specifier);
    const candidates = [base, `${base}.ts`, `${base}.tsx`, `${base}/index.tsx`, `${base}.d.ts`, `${base}/index.ts`];
    return { kind: 'file', name: candidates.find((name) => sources.has(name)) ?? base };
  }
  if (specifier.startsWith('node:')) return { kind: 'node', name: specifier };
  const parts = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1);
  return { kind: 'package', name: parts.join('/') };
}

const matches = (patterns: readonly RegExp[], file: string): boolean => patterns.some((pattern) => pattern.test(file));

/** The folder under src; a file that lies directly in src is a room of its own. */
const roomOf = (file: string): string => file.split('/').slice(0, 2).join('/');

function fileOffence(from: string, to: string, law: Law): string | undefined {
  if (matches(law.core, from)) return matches(law.core, to) ? undefined : 'core imports core only';
  if (matches(law.core, to) || roomOf(from) === roomOf(to)) return undefined;
  if (matches(law.wiring, from)) return undefined;
  if (matches(law.wiring, to)) return 'only its own kind imports wiring';
  if (matches(law.shared, to)) return undefined;
  return matches(law.shared, from) ? 'the shared room knows no shell' : 'a shell never imports another shell';
}

function packageOffence(from: string, name: string, law: Law): string | undefined {
  if (matches(law.core, from)) return 'core imports no package';
  const rule = law.packages[name];
  if (rule === undefined) return 'a package without a place in the law';
  return rule.home.test(from) ? undefined : `belongs in ${rule.home.source}`;
}

function byRoom(files: readonly string[]): readonly (readonly string[])[] {
  const rooms = new Set(files.map(roomOf));
  return [...rooms].map((room) => files.filter((file) => roomOf(file) === room));
}

/** One sentence per broken rule, `file → import: rule`, sorted. */
export function offences(sources: Sources, law: Law): readonly string[] {
  const found: string[] = [];
  const importers = new Map<string, string[]>();
  for (const [from, source] of sources) {
    for (const specifier of importsOf(source)) {
      const target = targetOf(from, specifier, sources);
      if (target.kind === 'package') importers.set(target.name, [...(importers.get(target.name) ?? []), from]);
      const offence =
        target.kind === 'file'
          ? fileOffence(from, target.name, law)
          : target.kind === 'package'
            ? packageOffence(from, target.name, law)
            : matches(law.core, from)
              ? 'core uses no Node API'
              : undefined;
      if (offence !== undefined) found.push(`${from} → ${specifier}: ${offence}`);
    }
  }
  for (const [name, files] of importers) {
    const allowed = law.packages[name]?.files;
    if (allowed === undefined || allowed === 'several') continue;
    for (const same of allowed === 'one' ? [files] : byRoom(files)) {
      if (same.length > 1)
        found.push(
          `${same.toSorted().join(', ')} → ${name}: imported in ${allowed === 'one' ? 'one file' : 'one file a room'} only`,
        );
    }
  }
  return found.toSorted();
}

/** Import cycles, each once, as `a → b → a`. Type-only imports count: they tie files together for the reader. */
export function cycles(sources: Sources): readonly string[] {
  const graph = new Map<string, readonly string[]>();
  for (const [from, source] of sources) {
    const targets = importsOf(source).map((specifier) => targetOf(from, specifier, sources));
    graph.set(
      from,
      targets.filter((target) => target.kind === 'file').map((target) => target.name),
    );
  }
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) {
      found.push([...trail.slice(start), file].join(' → '));
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}
