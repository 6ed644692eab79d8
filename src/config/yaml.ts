/** Reads YAML with bounds: the package goes into nested values by recursion, and where the stack ends so may the process. */
import { Composer, type CST, Document, LineCounter, Parser, YAMLParseError } from 'yaml';

/** A configuration has six levels; nobody writes sixty-four. */
const MAX_DEPTH = 64;

/** Errors are in the document, short and without quotation; warnings, which quote, are told to nobody. */
export function readYaml(text: string, lineCounter = new LineCounter()): Document {
  const tokens = [...new Parser(lineCounter.addNewLine).parse(text)];
  const deep = tokens.map(tooDeep).find((token) => token !== undefined);
  if (deep !== undefined)
    return refused(deep.offset, `nested more than ${MAX_DEPTH} levels deep`, 'RESOURCE_EXHAUSTION');
  const options = { lineCounter, uniqueKeys: true, prettyErrors: false, logLevel: 'error' } as const;
  const [document, another] = new Composer(options).compose(tokens, true, text.length);
  if (document === undefined) return new Document(null);
  if (another !== undefined) {
    const [from, to] = another.range;
    document.errors.push(new YAMLParseError([from, to], 'MULTIPLE_DOCS', 'Source contains multiple documents'));
  }
  return document;
}

function refused(offset: number, message: string, code: 'RESOURCE_EXHAUSTION'): Document {
  const document = new Document(null);
  document.errors.push(new YAMLParseError([offset, offset + 1], code, message));
  return document;
}

/** The first value below so many levels, found without recursion. */
function tooDeep(root: CST.Token): CST.Token | undefined {
  const waiting: (readonly [token: CST.Token, depth: number])[] = [[root, 0]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [token, depth] = next;
    if (depth > MAX_DEPTH) return token;
    if (token.type === 'document' && token.value !== undefined) waiting.push([token.value, depth]);
    if (!('items' in token)) continue;
    for (const { key, value } of token.items)
      for (const inside of [key, value]) if (inside !== undefined && inside !== null) waiting.push([inside, depth + 1]);
  }
  return undefined;
}
