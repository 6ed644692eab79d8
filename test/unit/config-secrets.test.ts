/** A configuration is shown without its secrets and comes back with them. */
import fc from 'fast-check';
import { hideSecrets, MASK, restoreSecrets } from '../../src/config/secrets';

const TEXT = `# the junction
mqtt: { url: "mqtt://b:1883", password: marker-1 } # of the broker
cameras:
  - id: east
    password: "marker-2: with a colon"
    url: rtsp://10.0.0.1/live?user=a&password=marker-3
  - id: west
    password: |
      marker-4
`;

describe('secrets of a configuration', () => {
  it('are masked, and everything else stays as it was written', () => {
    const shown = hideSecrets(TEXT);
    expect(shown).not.toContain('marker');
    expect(shown).toContain(`# the junction\nmqtt: { url: "mqtt://b:1883", password: "${MASK}" } # of the broker\n`);
    expect(shown).toContain('url: "rtsp://10.0.0.1/live?user=a&password=***"');
  });

  it('come back where they belong, however the list was sorted', () => {
    const [head, east, west] = hideSecrets(TEXT).split(/(?= {2}- id)/);
    const restored = restoreSecrets([head, west, east].join(''), TEXT);
    expect(restored).toMatch(/id: west\n {4}password: "marker-4\\n"/);
    expect(restored).toMatch(/id: east\n {4}password: "marker-2: with a colon"\n.*password=marker-3/);
  });

  it('are not given to another entry, and a new one is taken as it is', () => {
    const shown = hideSecrets(TEXT);
    expect(restoreSecrets(shown.replace('id: east', 'id: north'), TEXT)).toContain(MASK);
    expect(restoreSecrets(shown.replace(`password: "${MASK}" }`, 'password: new }'), TEXT)).toContain(
      'password: new }',
    );
  });

  it('survive the way there and back, whatever they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (secret) => {
        const text = `mqtt:\n  url: mqtt://b\n  password: ${JSON.stringify(secret)}\n`;
        const back = restoreSecrets(hideSecrets(text), text);
        expect(JSON.parse(/password: (.*)/.exec(back)?.[1] ?? '""')).toBe(secret);
      }),
    );
  });

  it('leave what is no YAML alone', () => expect(hideSecrets('a: [')).toBe('a: ['));
});
