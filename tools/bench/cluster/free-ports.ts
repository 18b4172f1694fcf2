import { createServer } from 'node:net';

/** Where benchmarks open the ports that they choose: out of the way of a cluster at work on this machine. */
const range = { from: 26_443, to: 26_463 };

/** Ports on loopback that nobody uses now. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let port = range.from; port <= range.to && found.length < count; port++) {
    if (await isFree(port)) found.push(port);
  }
  if (found.length < count) throw new Error(`fewer than ${count} of the ports ${range.from} to ${range.to} are free`);
  return found;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
