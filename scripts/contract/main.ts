/** Writes the published contract (src/mqtt/contract/) anew from the schemas. `npm run contract` */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openapi } from '../../src/console/openapi';
import { contractFiles } from '../../src/mqtt/published';
import { PACKAGE_ROOT } from '../../src/places';

const folder = join(PACKAGE_ROOT, 'src/mqtt/contract');
mkdirSync(folder, { recursive: true });
const files = contractFiles();
for (const name of readdirSync(folder)) if (name.endsWith('.json') && !files.has(name)) rmSync(join(folder, name));
for (const [name, text] of files) writeFileSync(join(folder, name), text);
process.stdout.write(`${files.size} files in ${folder}\n`);

const description = join(PACKAGE_ROOT, 'src/console/openapi.json');
writeFileSync(description, `${JSON.stringify(openapi(), null, 2)}\n`);
process.stdout.write(`${description}\n`);
