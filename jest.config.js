/** Three projects: unit (pure, seconds), integration (real broker, RTSP, database, sound, model), long suites run by their own command. */
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
  projects: ['unit', 'architecture', 'integration'].map((name) => ({
    ...shared,
    displayName: name,
    testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  })),
};
