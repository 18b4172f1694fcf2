import { badRequest, timeout } from '@orrery/api';
import { parseDuration, type Timers } from '@orrery/runtime';
import type { ApiRequest } from '../http/api-request.ts';
import type { RequestInfo } from '../request-info/request-info.ts';

/** The time that a request has, but for those that last by their nature; clients may ask for less: upstream's default. */
const requestTimeoutMs = 60_000;
const longRunningVerbs = new Set(['watch', 'proxy']);
const longRunningSubresources = new Set(['attach', 'exec', 'proxy', 'log', 'portforward']);

/** Does the request last until somebody ends it? */
export function isLongRunning(target: RequestInfo): boolean {
  if (target.kind === 'path') return false;
  return longRunningVerbs.has(target.verb) || longRunningSubresources.has(target.subresource);
}

/** Ends requests that take too long with 504; what they were doing is told by their signal. */
export class RequestDeadline {
  constructor(private readonly timers: Timers) {}

  async run<T>(request: ApiRequest, target: RequestInfo, work: (request: ApiRequest) => Promise<T>): Promise<T> {
    if (isLongRunning(target)) return work(request);
    const timeoutMs = timeoutOf(request.query);
    const ended = new AbortController();
    const { signal } = ended;
    const onAbort = (): void => ended.abort();
    request.signal.addEventListener('abort', onAbort);
    if (request.signal.aborted) onAbort();
    return new Promise<T>((resolve, reject) => {
      const timer = this.timers.after(timeoutMs, () => {
        reject(timeout('request did not complete within the allotted timeout'));
        ended.abort();
      });
      const done = <R>(settle: (result: R) => void) => {
        return (result: R): void => {
          timer.cancel();
          request.signal.removeEventListener('abort', onAbort);
          settle(result);
        };
      };
      work({ ...request, signal }).then(done(resolve), done(reject));
    });
  }
}

function timeoutOf(query: URLSearchParams): number {
  const text = query.get('timeout') ?? '';
  if (text === '') return requestTimeoutMs;
  const wanted = parseDuration(text);
  if (wanted === undefined || wanted < 0) {
    throw badRequest(`invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(text)}`);
  }
  return wanted === 0 ? requestTimeoutMs : Math.min(wanted, requestTimeoutMs);
}
