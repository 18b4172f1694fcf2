import type { RuntimeDriver } from '../../cri-service/runtime-driver.ts';
import type { StreamingRequest } from '../../cri-service/streaming-sessions.ts';
import { runRemoteCommand } from '../remote-command.ts';
import type { SpdyConnection, SpdyStream } from './spdy-connection.driver.ts';

type CommandRequest = Exclude<StreamingRequest, { kind: 'portForward' }>;

/** exec and attach: one stream a kind, named by their `streamType` header. */
export async function serveCommand(
  connection: SpdyConnection,
  driver: RuntimeDriver,
  request: CommandRequest,
): Promise<void> {
  const { stdin, stdout, stderr, tty } = request.streams;
  const expected = 1 + [stdin, stdout, stderr && !tty, tty].filter(Boolean).length;
  const streams = new Map<string, SpdyStream>();
  for await (const stream of connection.streams) {
    streams.set(stream.headers.get('streamtype') ?? '', stream);
    if (streams.size === expected) break;
  }
  if (streams.size < expected) return;
  const write = (name: string) => async (chunk: Uint8Array) => streams.get(name)?.write(chunk);
  const finish = async (status: Uint8Array) => {
    await streams.get('error')?.write(status);
    for (const stream of streams.values()) stream.end();
  };
  const ends = {
    stdin: streams.get('stdin')?.incoming,
    resize: streams.get('resize')?.incoming,
    stdout: write('stdout'),
    stderr: write('stderr'),
    finish,
  };
  await runRemoteCommand(driver, request, ends, connection.left);
  connection.close();
}

/** Port forwarding: for each connection of the client an error and a data stream with one `requestID`. */
export async function servePortForward(
  connection: SpdyConnection,
  driver: RuntimeDriver,
  { sandbox }: Extract<StreamingRequest, { kind: 'portForward' }>,
): Promise<void> {
  const halves = new Map<string, SpdyStream>();
  for await (const stream of connection.streams) {
    const requestId = stream.headers.get('requestid') ?? String(stream.id);
    const other = halves.get(requestId);
    if (!other) {
      halves.set(requestId, stream);
      continue;
    }
    halves.delete(requestId);
    const [data, error] = stream.headers.get('streamtype') === 'data' ? [stream, other] : [other, stream];
    const port = Number(data.headers.get('port'));
    void driver
      .portForward(sandbox, port, { incoming: data.incoming, outgoing: (chunk) => data.write(chunk) }, connection.left)
      .catch(async (failure: unknown) => {
        const why = failure instanceof Error ? failure.message : String(failure);
        await error.write(
          new TextEncoder().encode(
            `an error occurred forwarding ${port} -> ${port}: error forwarding port ${port} to pod ${sandbox.id}, uid : ${why}`,
          ),
        );
      })
      .finally(() => {
        data.end();
        error.end();
      });
  }
}
