import { describe, expect, it } from '@jest/globals';
import { HealthEndpoints } from './health-endpoints.ts';

function endpointsWith(problems: { readonly etcd?: string; readonly sync?: string } = {}) {
  const endpoints = new HealthEndpoints([
    { name: 'etcd', readinessOnly: false, problem: async () => problems.etcd },
    { name: 'poststarthook/bootstrap-controller', readinessOnly: false, problem: () => undefined },
    { name: 'informer-sync', readinessOnly: true, problem: () => problems.sync },
  ]);
  return async (url: string) => {
    const [path = '', query = ''] = url.split('?');
    const answer = await endpoints.answer(path, new URLSearchParams(query));
    return answer && `${answer.status} ${Buffer.from(answer.body as Uint8Array).toString()}`;
  };
}

describe('the health endpoints', () => {
  it.each([
    ['/livez', '200 ok'],
    ['/readyz/informer-sync', '200 ok'],
    ['/livez/ping', '200 ok'],
    ['/livez/poststarthook/bootstrap-controller', '200 ok'],
    ['/livez/informer-sync', undefined],
    ['/livez/nothing', undefined],
    ['/other', undefined],
    ['/livez?verbose', '200 [+]ping ok\n[+]etcd ok\n[+]poststarthook/bootstrap-controller ok\nlivez check passed\n'],
    [
      '/readyz?verbose&exclude=etcd&exclude=nothing',
      '200 [+]ping ok\n[+]etcd excluded: ok\n[+]poststarthook/bootstrap-controller ok\n[+]informer-sync ok\n' +
        'warn: some health checks cannot be excluded: no matches for "nothing"\nreadyz check passed\n',
    ],
  ])('%s of a healthy server', async (url, expected) => {
    expect(await endpointsWith()(url)).toBe(expected);
  });

  it('tell which check fails, and why only to who asks for it alone', async () => {
    const read = endpointsWith({ etcd: 'no leader' });
    expect(await read('/readyz')).toBe(
      '500 [+]ping ok\n[-]etcd failed: reason withheld\n[+]poststarthook/bootstrap-controller ok\n[+]informer-sync ok\nreadyz check failed\n',
    );
    expect(await read('/readyz/etcd')).toBe('500 internal server error: no leader\n');
    expect(await read('/readyz?exclude=etcd')).toBe('200 ok');
  });

  it('stay alive while only readiness is missing', async () => {
    const read = endpointsWith({ sync: 'cache is not filled' });
    expect(await read('/livez')).toBe('200 ok');
    expect((await read('/readyz'))?.startsWith('500 ')).toBe(true);
  });
});
