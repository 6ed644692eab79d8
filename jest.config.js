/** Projects: unit (pure, seconds), integration (real broker, RTSP, database, sound, model), fuzz (bad input); long suites run by their own command. */
const shared = {
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/demo-output/'],
};
module.exports = {
  // A test that starts a process takes its time on a busy machine.
  testTimeout: 30_000,
  projects: ['unit', 'architecture', 'integration', 'fuzz'].map((name) => ({
    ...shared,
    displayName: name,
    testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  })),
};
