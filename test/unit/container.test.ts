/** Dockerfile and compose.yaml: linted, pinned, without rights, and good for both kinds of processors. What they do is proved by `scripts/prove-clean --only image`. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { parse } from 'yaml';

const ROOT = join(__dirname, '../..');
const COMPOSE = join(ROOT, 'scripts/packaging/compose.yaml');
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
const { version, engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

describe('the Dockerfile', () => {
  const instructions = dockerfile.replaceAll('\\\n', ' ').split('\n');
  const of = (name: string) => instructions.filter((line) => line.startsWith(`${name} `));

  it('has no fault that the linter knows', () => expect(validate(dockerfile)).toEqual([]));

  it('begins every stage with the same image of an exact version, which is new enough for the service', () => {
    const [image = '', ...others] = new Set(of('FROM').map((line) => line.split(' ')[1]));
    expect(others).toEqual([]);
    const [, major, minor] = /^node:(\d+)\.(\d+)\.\d+-bookworm-slim$/.exec(image) ?? [];
    const [, neededMajor, neededMinor] = /^>=(\d+)\.(\d+)$/.exec(engines.node) ?? [];
    expect([Number(major), Number(minor) >= Number(neededMinor)]).toEqual([Number(neededMajor), true]);
  });

  it('ends as a user without rights, with a health check', () => {
    expect(of('USER')).toEqual(['USER node']);
    expect(instructions.indexOf('USER node')).toBeGreaterThan(instructions.lastIndexOf(of('RUN').at(-1) ?? ''));
    expect(of('HEALTHCHECK').join()).toMatch(/--timeout=\d+s .*"alive"/);
  });

  it('takes nothing in from elsewhere, and has no step for one kind of processor', () => {
    expect(of('ADD')).toEqual([]);
    expect(dockerfile).not.toMatch(/amd64|x86|\bx64\b|curl|wget/);
  });
});

describe('the packages', () => {
  interface Locked {
    readonly version: string;
    readonly os?: readonly string[];
    readonly cpu?: readonly string[];
    readonly libc?: readonly string[];
  }
  const locked: Readonly<Record<string, Locked>> = JSON.parse(
    readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
  ).packages;
  const prebuilt = (cpu: string) =>
    Object.entries(locked)
      .filter(([, one]) => one.os?.includes('linux') && one.cpu?.includes(cpu))
      .filter(([path, { libc }]) => !(libc?.includes('musl') || path.includes('musl')))
      .map(([path, one]) => `${path.replace(cpu, 'CPU')} ${one.version}`)
      .sort();

  it('come ready for arm64 wherever they come ready for x86-64, in the same version', () => {
    expect(prebuilt('x64')).toEqual(
      expect.arrayContaining([
        expect.stringMatching('sharp-linux-CPU'),
        expect.stringMatching('@libsql/linux-CPU-gnu'),
      ]),
    );
    expect(prebuilt('x64').filter((one) => !prebuilt('arm64').includes(one))).toEqual([]);
  });

  it.each(['x64', 'arm64'])('bring the inference library for %s', (cpu) => {
    const folder = join(ROOT, 'node_modules/onnxruntime-node/bin/napi-v6/linux', cpu);
    expect(
      ['libonnxruntime.so.1', 'onnxruntime_binding.node'].filter((file) => !existsSync(join(folder, file))),
    ).toEqual([]);
  });
});

describe('compose.yaml', () => {
  interface Service {
    readonly image: string;
    readonly user: string;
  }
  const services: Readonly<Record<string, Service>> = parse(readFileSync(COMPOSE, 'utf8')).services;

  it('is valid, and has no fault that the linter calls an error', () => {
    execFileSync(join(ROOT, 'node_modules/.bin/dclint'), ['--quiet', COMPOSE]);
  });

  it.each(Object.entries(services))('gives %s no rights, a limit and an exact version', (_, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      mem_limit: expect.stringMatching(/^\d+m$/),
      pids_limit: expect.any(Number),
      restart: 'unless-stopped',
    });
    expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(service.image).toMatch(/:\d+\.\d+\.\d+$/);
  });

  it('starts this version', () => expect(services.anqi?.image).toBe(`anqi:${version}`));
});
