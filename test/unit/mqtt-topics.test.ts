/** Topic names, the send window and the naming of connection failures. */
import { stateOf } from '../../src/mqtt/access';
import { topicsOf } from '../../src/mqtt/topics';
import { SendWindow } from '../../src/mqtt/window';

describe('topicsOf', () => {
  it('names every topic of a node', () => {
    const topics = topicsOf('330522-01');
    expect([
      topics.state,
      topics.info,
      topics.health,
      topics.all,
      topics.camera('c1').state,
      topics.camera('c1').event('violation'),
      topics.speakerState('horn'),
    ]).toEqual([
      'anqi/v1/330522-01/state',
      'anqi/v1/330522-01/info',
      'anqi/v1/330522-01/health',
      'anqi/v1/330522-01/#',
      'anqi/v1/330522-01/camera/c1/state',
      'anqi/v1/330522-01/camera/c1/event/violation',
      'anqi/v1/330522-01/speaker/horn/state',
    ]);
  });

  it.each(['', 'a/b', '+', '#', 'a#', '$SYS', '..', ' a', 'a b', '路口', 'a\0', 'x'.repeat(65)])(
    'refuses the id %j',
    (id) => {
      expect(() => topicsOf(id)).toThrow(expect.objectContaining({ code: 'mqtt/bad-id', recoverable: false }));
      expect(() => topicsOf('n').camera(id)).toThrow(/camera id/);
      expect(() => topicsOf('n').speakerState(id)).toThrow(/speaker id/);
    },
  );

  it.each(['c1', '330522-01', 'A.b_c-9', 'x'.repeat(64)])('takes the id %j', (id) => {
    expect(topicsOf(id).camera(id).state).toBe(`anqi/v1/${id}/camera/${id}/state`);
  });
});

describe('stateOf', () => {
  const withCode = (code: number | string, message = 'refused') => Object.assign(new Error(message), { code });
  it.each([
    ['3.1.1: bad user name or password', withCode(4), 'bad_credentials'],
    ['3.1.1: not authorised', withCode(5), 'bad_credentials'],
    ['5: bad user name or password', withCode(0x86), 'bad_credentials'],
    ['5: not authorised', withCode(0x87), 'bad_credentials'],
    ['unsupported protocol version', withCode(1), 'refused'],
    ['nobody listens', withCode('ECONNREFUSED'), 'unreachable'],
    ['no such host', withCode('ENOTFOUND'), 'unreachable'],
    ['a certificate nobody signed', withCode('DEPTH_ZERO_SELF_SIGNED_CERT'), 'untrusted'],
    ['an expired certificate', withCode('CERT_HAS_EXPIRED'), 'untrusted'],
    ['a close without an error', undefined, 'unreachable'],
  ])('%s', (_title, error, kind) => {
    expect(stateOf(error).kind).toBe(kind);
  });

  it('says what to change where the broker does not speak this version', () => {
    expect(stateOf(withCode(1))).toMatchObject({ reason: expect.stringContaining('protocolVersion') });
    expect(stateOf(withCode(0x84))).toMatchObject({ reason: expect.stringContaining('protocolVersion') });
  });

  it('gives a reason without credentials, even where the error has no message', () => {
    expect(stateOf(withCode('ECONNREFUSED', ''))).toEqual({ kind: 'unreachable', reason: 'ECONNREFUSED' });
    expect(JSON.stringify(stateOf(withCode('EBAD', 'mqtt://anqi:hunter2@broker')))).not.toContain('hunter2');
  });
});

describe('SendWindow', () => {
  it('admits as many as it has places, first come first served, and follows a new size', async () => {
    const window = new SendWindow(1);
    const entered: number[] = [];
    const all = [1, 2, 3, 4].map(async (turn) => {
      await window.enter();
      entered.push(turn);
    });
    await all[0];
    expect(entered).toEqual([1]);
    window.leave();
    await all[1];
    expect(entered).toEqual([1, 2]);
    window.resize(3);
    await Promise.all(all);
    expect(entered).toEqual([1, 2, 3, 4]);
  });
});
