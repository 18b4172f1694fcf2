import { createServer, request, type Server } from 'node:http';

/** What the launcher answers on its unix socket. Bodies are JSON. */
export type AdminHandler = (path: string) => Promise<unknown>;

/** A launcher is there but could not do what was asked. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
}

/** Nobody listens at the socket: the cluster does not run. */
export class NotRunningError extends Error {
  override readonly name = 'NotRunningError';
}

/** Listens for the `orrery` command; only this machine's owner of the data folder can connect. */
export async function serveAdmin(socketPath: string, handler: AdminHandler): Promise<{ stop(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    handler(incoming.url ?? '/').then(
      (answer) => outgoing.writeHead(200).end(JSON.stringify(answer ?? {})),
      (error: unknown) => outgoing.writeHead(500).end(JSON.stringify({ error: messageOf(error) })),
    );
  });
  await listen(server, socketPath);
  return { stop: () => close(server) };
}

/** Asks the launcher behind the socket. Throws `NotRunningError` and `AdminError`. */
export async function askAdmin<T>(socketPath: string, path: string): Promise<T> {
  const { status, body } = await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const outgoing = request({ socketPath, path, method: 'POST' }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: text }));
      incoming.on('error', reject);
    });
    outgoing.on('error', (error) =>
      reject(new NotRunningError(`no cluster answers at ${socketPath}`, { cause: error })),
    );
    outgoing.end();
  });
  const answer = JSON.parse(body) as T & { error?: string };
  if (status !== 200) throw new AdminError(answer.error ?? `the launcher answered ${status}`);
  return answer;
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
