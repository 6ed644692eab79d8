/** As much XML as ONVIF needs, read once from front to back: a camera that sends nonsense costs no time. Pure. */

export interface XmlElement {
  readonly attributes: string;
  /** What stands between its tags. */
  readonly inner: string;
}

/** Tags by their local names; everything in it stops at the next `<`, so that no sign is looked at twice. */
const TAG = /<(\/?)(?:[\w.-]+:)?([\w.-]+)(?=[\s/>])([^<>]*)>/g;

/** Text of the first element of this name, whatever its prefix. */
export function textOf(xml: string, name: string): string | undefined {
  for (const { 0: tag, 1: slash, 2: found, index } of xml.matchAll(TAG)) {
    if (found !== name || slash === '/') continue;
    const from = index + tag.length;
    const to = xml.indexOf('<', from);
    return to < 0 ? undefined : xml.slice(from, to).trim();
  }
  return undefined;
}

/** Elements of this name that are closed, in order; not those inside another one of the name. */
export function elementsOf(xml: string, name: string): readonly XmlElement[] {
  const elements: XmlElement[] = [];
  let open: { readonly attributes: string; readonly from: number } | undefined;
  for (const { 0: tag, 1: slash, 2: found, 3: attributes = '', index } of xml.matchAll(TAG)) {
    if (found !== name) continue;
    if (slash === '/') {
      if (open !== undefined) elements.push({ attributes: open.attributes, inner: xml.slice(open.from, index) });
      open = undefined;
    } else if (!attributes.endsWith('/')) open ??= { attributes, from: index + tag.length };
  }
  return elements;
}
