/** The built command as a technician types it. Needs `npm run build`. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

const MAIN = join(__dirname, '../../dist/src/main.js');

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function anqi(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
