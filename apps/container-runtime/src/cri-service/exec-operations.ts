import { CriError } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import type { ContainerOperations } from './container-operations.ts';
import type { RuntimeContext } from './runtime-context.ts';
import type { StreamingSessions } from './streaming-sessions.ts';

/** As containerd: what a command prints beyond this is dropped. */
const outputBytesMax = 16 * 1024 * 1024;

/** Commands in containers and connections to pods. */
export class ExecOperations {
  constructor(
    private readonly context: RuntimeContext,
    private readonly containers: ContainerOperations,
    private readonly streaming: StreamingSessions | undefined,
  ) {}

  async execSync({ containerId, cmd, timeout }: cri.ExecSyncRequest): Promise<cri.ExecSyncResponse> {
    const { driver, host } = this.context;
    const container = this.containers.running(containerId);
    const output = { stdout: new Output(), stderr: new Output() };
    const expired = new AbortController();
    const timer = timeout > 0n ? host.timers.after(Number(timeout) * 1000, () => expired.abort()) : undefined;
    try {
      const io = {
        stdout: async (chunk: Uint8Array) => output.stdout.add(chunk),
        stderr: async (chunk: Uint8Array) => output.stderr.add(chunk),
      };
      const exitCode = await driver.exec(container, { argv: cmd, tty: false }, io, expired.signal);
      if (expired.signal.aborted)
        throw new CriError(
          'deadlineExceeded',
          `failed to exec in container: timeout ${timeout}s exceeded: context deadline exceeded`,
        );
      return { stdout: output.stdout.bytes(), stderr: output.stderr.bytes(), exitCode };
    } finally {
      timer?.cancel();
    }
  }

  exec({ containerId, cmd, tty, stdin, stdout, stderr }: cri.ExecRequest): cri.ExecResponse {
    const container = this.containers.running(containerId);
    if (tty && stderr) throw new CriError('invalidArgument', 'tty and stderr cannot both be true');
    if (!stdin && !stdout && !stderr)
      throw new CriError('invalidArgument', 'one of stdin, stdout, or stderr must be set');
    const streams = { stdin, stdout, stderr, tty };
    return { url: this.mustStream().open({ kind: 'exec', container, argv: cmd, streams }) };
  }

  attach({ containerId, tty, stdin, stdout, stderr }: cri.AttachRequest): cri.AttachResponse {
    const container = this.containers.running(containerId);
    if (tty && stderr) throw new CriError('invalidArgument', 'tty and stderr cannot both be true');
    if (!stdin && !stdout && !stderr)
      throw new CriError('invalidArgument', 'one of stdin, stdout, and stderr must be set');
    const streams = { stdin, stdout, stderr, tty };
    return { url: this.mustStream().open({ kind: 'attach', container, streams }) };
  }

  portForward({ podSandboxId, port }: cri.PortForwardRequest): cri.PortForwardResponse {
    const sandbox = this.context.records.sandbox(podSandboxId);
    if (sandbox.phase !== 'ready') throw new CriError('unknown', `sandbox container "${sandbox.id}" is not running`);
    return { url: this.mustStream().open({ kind: 'portForward', sandbox, ports: port }) };
  }

  private mustStream(): StreamingSessions {
    if (!this.streaming) throw new CriError('unimplemented', 'this runtime has no streaming server');
    return this.streaming;
  }
}

class Output {
  private readonly chunks: Uint8Array[] = [];
  private size = 0;

  add(chunk: Uint8Array): void {
    const kept = chunk.subarray(0, outputBytesMax - this.size);
    if (kept.length === 0) return;
    this.chunks.push(kept);
    this.size += kept.length;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.chunks);
  }
}
