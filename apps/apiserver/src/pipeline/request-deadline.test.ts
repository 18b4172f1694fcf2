import { describe, expect, it } from '@jest/globals';
import { virtualHost } from '@orrery/runtime';
import type { ApiRequest } from '../http/api-request.ts';
import { requestInfoOf } from '../request-info/request-info.ts';
import { RequestDeadline } from './request-deadline.ts';

function begin(line: string) {
  const { time, timers } = virtualHost({ seed: 1 });
  const [path = '', text = ''] = line.split('?');
  const query = new URLSearchParams(text);
  const request = { method: 'GET', path, query, signal: new AbortController().signal } as unknown as ApiRequest;
  let signal: AbortSignal | undefined;
  const outcome = new RequestDeadline(timers).run(request, requestInfoOf(request), (timed) => {
    signal = timed.signal;
    return timers.sleep(90_000).then(() => 'done');
  });
  outcome.catch(() => undefined);
  return { time, outcome, aborted: () => signal?.aborted };
}

describe('a request that takes too long', () => {
  it.each([
    ['/api/v1/pods', '61s'],
    ['/api/v1/pods?timeout=5s', '6s'],
    ['/api/v1/pods?timeout=5m', '61s'],
    ['/api/v1/pods?timeout=0s', '61s'],
  ])('%s ends with 504 after %s, and is told so', async (line, after) => {
    const { time, outcome, aborted } = begin(line);
    await time.advance(after);
    await expect(outcome).rejects.toMatchObject({
      status: {
        code: 504,
        reason: 'Timeout',
        message: 'Timeout: request did not complete within the allotted timeout',
      },
    });
    expect(aborted()).toBe(true);
  });

  it('may, where it lasts by its nature', async () => {
    const { time, outcome } = begin('/api/v1/namespaces/a/pods/b/log');
    await time.advance('2m');
    expect(await outcome).toBe('done');
  });

  it.each(['soon', '-5s'])('cannot ask for %s', async (timeout) => {
    await expect(begin(`/api/v1/pods?timeout=${timeout}`).outcome).rejects.toThrow(
      `invalid timeout specified in the request URL - time: invalid duration "${timeout}"`,
    );
  });
});
