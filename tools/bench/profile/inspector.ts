import { setTimeout as sleep } from 'node:timers/promises';

/** Node opens its inspector this soon after it was asked to. */
const openTimeoutMs = 5_000;

/** Node's CPU profile: a tree of calls, and for each sample the call that was running. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

/** What a process holds after a collection of garbage. */
export interface HeldMemory {
  /** Bytes of objects and strings, and of buffers outside the heap. */
  readonly heap: number;
  readonly buffers: number;
}

/** Looks into a running Node process that was started with `Inspector.environment`. */
export class Inspector implements Disposable {
  private readonly socket: WebSocket;
  private readonly waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  private requests = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => this.take(JSON.parse(String(data))));
    socket.addEventListener('close', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('the inspected process is gone'));
    });
  }

  /** Options of Node under which a process opens its inspector on `port` when it is asked to, and not before. */
  static environment(port: number): NodeJS.ProcessEnv {
    return { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --inspect-port=127.0.0.1:${port}` };
  }

  static async attach(processId: number, port: number): Promise<Inspector> {
    process.kill(processId, 'SIGUSR1');
    const socket = new WebSocket(await debuggerUrl(port));
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () => reject(new Error('the inspector does not answer')));
    });
    return new Inspector(socket);
  }

  /** Notes what the processor does while `work` runs. */
  async profiled<T>(work: () => Promise<T>): Promise<{ result: T; profile: CpuProfile }> {
    await this.send('Profiler.enable');
    await this.send('Profiler.setSamplingInterval', { interval: 500 });
    await this.send('Profiler.start');
    const result = await work();
    const { profile } = (await this.send('Profiler.stop')) as { profile: CpuProfile };
    return { result, profile };
  }

  async heldMemory(): Promise<HeldMemory> {
    await this.send('HeapProfiler.enable');
    await this.send('HeapProfiler.collectGarbage');
    await this.send('HeapProfiler.collectGarbage');
    const expression = 'JSON.stringify(process.memoryUsage())';
    const { result } = (await this.send('Runtime.evaluate', { expression })) as { result: { value: string } };
    const { heapUsed, external } = JSON.parse(result.value) as NodeJS.MemoryUsage;
    return { heap: heapUsed, buffers: external };
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }

  private send(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.requests;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  private take({ id, result, error }: { id?: number; result?: unknown; error?: { message: string } }): void {
    const waiting = id === undefined ? undefined : this.waiting.get(id);
    if (id === undefined || waiting === undefined) return;
    this.waiting.delete(id);
    if (error) waiting.reject(new Error(error.message));
    else waiting.resolve(result);
  }
}

async function debuggerUrl(port: number): Promise<string> {
  const giveUpAt = performance.now() + openTimeoutMs;
  for (;;) {
    try {
      const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
        webSocketDebuggerUrl: string;
      }[];
      if (target) return target.webSocketDebuggerUrl;
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
    }
    await sleep(50);
  }
}
