import { describe, expect, it } from '@jest/globals';
import { connectionProblem } from './connection-problem.ts';
import { httpProblem } from './http-problem.ts';

describe('the reason why a webhook did not answer', () => {
  const cases: readonly (readonly [object, string])[] = [
    [{ code: 'ECONNREFUSED', address: '::1', port: 443 }, 'dial tcp [::1]:443: connect: connection refused'],
    [{ code: 'ENOTFOUND', hostname: 'nowhere' }, 'dial tcp: lookup nowhere: no such host'],
    [{ code: 'ECONNRESET', message: 'socket hang up' }, 'EOF'],
    [
      { code: 'CERT_HAS_EXPIRED' },
      'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
    ],
    [
      { errors: [{ code: 'EHOSTUNREACH', address: '10.0.0.1', port: 1 }] },
      'dial tcp 10.0.0.1:1: connect: no route to host',
    ],
    [{ message: 'something else' }, 'something else'],
  ];

  it.each(cases)('%j is told as %s', (cause, text) => {
    expect(connectionProblem(cause)).toBe(text);
  });

  it('is told by the status where there is one', () => {
    expect(httpProblem(404, 'x')).toBe('the server could not find the requested resource');
    expect(httpProblem(502, '')).toBe('an error on the server ("unknown") has prevented the request from succeeding');
    expect(httpProblem(418, '')).toBe('unknown');
  });
});
