import { readdirSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { HttpsCluster } from '../api/https-cluster.ts';
import { type Exchange, exchange } from '../api/https-exchange.ts';

jest.setTimeout(120_000);

/** One request that is wrong in one way. */
interface Case {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: JSON, where there is a body. */
  readonly contentType?: string;
  readonly body?: string;
  readonly base64?: string;
  /** Texts and how often each is repeated: for what is too long to write down. */
  readonly pieces?: readonly (readonly [text: string, times: number])[];
  readonly anonymous?: boolean;
}

const folder = new URL('./corpus/', import.meta.url);
const cases = readdirSync(folder)
  .sort()
  .flatMap((file) => {
    const found = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Case[];
    return found.map((each) => [file.replace('.json', ''), each.name, each] as const);
  });
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
/** Of the whole corpus, to see whether anything is kept. */
const rounds = 4;
const growthBytesMax = 48 * 1024 * 1024;

function bodyOf({ body, base64, pieces }: Case): string | Buffer | undefined {
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  return pieces === undefined ? body : pieces.map(([text, times]) => text.repeat(times)).join('');
}

/** Each file in `corpus` is a list of requests that a server must refuse: with a Status, never with a failure of its own. */
describe('a server under bad input', () => {
  let cluster: HttpsCluster;
  beforeAll(async () => {
    cluster = await HttpsCluster.start();
    const body = '{"metadata":{"name":"kept"},"data":{"a":"1"}}';
    await exchange(cluster, '/api/v1/namespaces/default/configmaps', { method: 'POST', body });
  });
  afterAll(() => cluster.stop());

  const send = (each: Case): Promise<Exchange> => {
    const body = bodyOf(each);
    const type = body !== undefined && { 'Content-Type': each.contentType ?? 'application/json' };
    return exchange(cluster, each.path, {
      method: each.method,
      headers: { ...type, ...each.headers },
      as: each.anonymous ? 'nobody' : 'admin',
      ...(body !== undefined && { body }),
    });
  };

  it.each(cases)('%s: %s is refused', async (_, __, each) => {
    const { status, text } = await send(each);
    expect(`${status} ${text}`).toMatch(/^4\d\d \{/);
    expect(JSON.parse(text)).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status });
  });

  it('keeps nothing of it, and finds nothing worth an operator’s time', async () => {
    const sendAll = async (): Promise<number> => {
      for (const [, , each] of cases) await send(each);
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const before = await sendAll();
    let after = before;
    for (let round = 0; round < rounds; round += 1) after = await sendAll();
    expect(after - before).toBeLessThan(growthBytesMax);
    expect(cluster.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
    const kept = await exchange(cluster, '/api/v1/namespaces/default/configmaps/kept');
    expect(kept.body.data).toEqual({ a: '1' });
  });
});
