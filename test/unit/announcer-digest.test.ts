/** Logins against the examples of the RFCs, and the challenges devices really send. */
import { authorization, type Challenge, chooseChallenge } from '../../src/announcer/speakers/digest';

function challengeOf(...headers: string[]): Challenge {
  const challenge = chooseChallenge(headers);
  if (challenge === null) throw new Error('no challenge was understood');
  return challenge;
}

const MUFASA = { username: 'Mufasa', password: 'Circle of Life' };
const RFC7616 =
  'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", ' +
  'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
const REQUEST = {
  method: 'GET',
  uri: '/dir/index.html',
  nonceCount: 1,
  clientNonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};

test.each([
  ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
])('RFC 7616 section 3.9.1: %s', (algorithm, response) => {
  const header = authorization(challengeOf(`Digest ${RFC7616}, algorithm=${algorithm}`), MUFASA, REQUEST);
  expect(header).toBe(
    `Digest username="Mufasa", realm="http-auth@example.org", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", response="${response}", algorithm=${algorithm}, opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", qop=auth, nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"`,
  );
});

test('RFC 2617 section 3.5, where the device names no algorithm', () => {
  const challenge = challengeOf(
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
  );
  const credentials = { username: 'Mufasa', password: 'Circle Of Life' };
  const header = authorization(challenge, credentials, { ...REQUEST, clientNonce: '0a4f113b' });
  expect(header).toContain('response="6629fae49393a05397450978507c4ef1"');
  expect(header).not.toContain('algorithm');
});

test('RFC 2069, as old devices speak it: neither qop nor count nor client nonce', () => {
  const challenge = challengeOf('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"');
  const credentials = { username: 'Mufasa', password: 'CircleOfLife' };
  const header = authorization(challenge, credentials, REQUEST);
  // The published example of RFC 2069, with the response as corrected by its erratum 749.
  expect(header).toContain('response="1949323746fe6a43ef61f9606e7febea"');
  expect(header).not.toMatch(/qop|nc=|cnonce/);
});

test('RFC 7617 section 2: Basic', () => {
  const header = authorization({ scheme: 'basic' }, { username: 'Aladdin', password: 'open sesame' }, REQUEST);
  expect(header).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
});

describe('of several challenges', () => {
  const md5 = 'Digest realm="a", nonce="1", algorithm=MD5, qop="auth"';
  const sha = 'Digest realm="a", nonce="2", algorithm=SHA-256, qop="auth"';

  test.each<{ readonly title: string; readonly headers: readonly string[]; readonly found: object | null }>([
    { title: 'SHA-256 before MD5', headers: [md5, sha], found: { algorithm: 'sha-256', nonce: '2' } },
    { title: 'Digest before Basic', headers: ['Basic realm="a"', md5], found: { algorithm: 'md5' } },
    { title: 'two in one line', headers: [`Basic realm="a, b=c", ${md5}`], found: { algorithm: 'md5', nonce: '1' } },
    { title: 'one without parameters', headers: ['Negotiate, Basic realm="a"'], found: { scheme: 'basic' } },
    { title: 'an unknown algorithm is passed over', headers: ['Digest nonce="1", algorithm=SHA-512-256'], found: null },
    { title: 'auth-int alone is passed over', headers: ['Digest nonce="1", qop="auth-int"'], found: null },
    { title: 'a nonce is needed', headers: ['Digest realm="a"'], found: null },
    { title: 'neither of them', headers: ['NTLM', 'Bearer realm="a"'], found: null },
    { title: 'stale is seen', headers: ['Digest nonce="1",stale=TRUE'], found: { isStale: true } },
    { title: 'escapes are undone', headers: ['Digest nonce="1", realm="a \\"b\\""'], found: { realm: 'a "b"' } },
  ])('$title', ({ headers, found }) => {
    if (found === null) expect(chooseChallenge(headers)).toBeNull();
    else expect(chooseChallenge(headers)).toMatchObject(found);
  });
});

test('a user cannot break out of the quotes', () => {
  const challenge = challengeOf('Digest realm="a", nonce="1", qop="auth"');
  const header = authorization(challenge, { username: 'a", uri="/x', password: 'p' }, REQUEST);
  expect(header).toContain('username="a\\", uri=\\"/x"');
});

test('no password is in what is sent by digest', () => {
  const header = authorization(challengeOf(`Digest ${RFC7616}`), MUFASA, REQUEST);
  expect(header).not.toContain(MUFASA.password);
});
