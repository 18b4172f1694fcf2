import type { RuntimeDriver, TerminalSize } from '../cri-service/runtime-driver.ts';
import type { StreamingRequest } from '../cri-service/streaming-sessions.ts';

/** A client's ends of a command's streams, whatever protocol they travel by. */
export interface RemoteStreams {
  readonly stdin: AsyncIterable<Uint8Array> | undefined;
  readonly resize: AsyncIterable<Uint8Array> | undefined;
  stdout(chunk: Uint8Array): Promise<void>;
  stderr(chunk: Uint8Array): Promise<void>;
  /** The last thing that the client is told: a `Status` as JSON. */
  finish(status: Uint8Array): Promise<void>;
}

/** Runs what was asked for and tells the client how it ended, in upstream's words. */
export async function runRemoteCommand(
  driver: RuntimeDriver,
  request: Exclude<StreamingRequest, { kind: 'portForward' }>,
  streams: RemoteStreams,
  signal: AbortSignal,
): Promise<void> {
  const { stdin, stdout, stderr, tty } = request.streams;
  const io = {
    ...(stdin && streams.stdin && { stdin: streams.stdin }),
    ...(stdout && { stdout: (chunk: Uint8Array) => streams.stdout(chunk) }),
    ...(stderr && { stderr: (chunk: Uint8Array) => streams.stderr(chunk) }),
    ...(tty && streams.resize && { resize: terminalSizes(streams.resize) }),
  };
  try {
    const exitCode =
      request.kind === 'exec'
        ? await driver.exec(request.container, { argv: request.argv, tty }, io, signal)
        : await driver.attach(request.container, io, signal).then(() => 0);
    await streams.finish(encode(exitStatus(exitCode)));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await streams.finish(encode({ status: 'Failure', message, reason: 'InternalError', code: 500 }));
  }
}

export function exitStatus(exitCode: number): Record<string, unknown> {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

/** `{"Width":80,"Height":24}`, one or more in a chunk. */
async function* terminalSizes(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TerminalSize> {
  for await (const chunk of chunks)
    for (const [, width, height] of new TextDecoder().decode(chunk).matchAll(/"Width":\s*(\d+),\s*"Height":\s*(\d+)/gi))
      yield { width: Number(width), height: Number(height) };
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ ...(value as object) }));
}
