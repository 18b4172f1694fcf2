/** What a closed loop of clients has reached: each sends its next request when the last has been answered. */
export interface LoopResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of this process, the load generator, as a share of one core. */
  readonly clientCores: number;
}

export interface LoopOptions {
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** Stops earlier, so that a fast server does not fill the disk. */
  readonly requestsMax: number;
}

/** Runs all clients side by side. A client's function sends one request and throws when it fails. */
export async function closedLoop(
  clients: readonly (() => Promise<void>)[],
  { warmUpMs, durationMs, requestsMax }: LoopOptions,
): Promise<LoopResult> {
  await drive(clients, warmUpMs, requestsMax);
  const processor = process.cpuUsage();
  const started = performance.now();
  const latencies = await drive(clients, durationMs, requestsMax);
  const elapsedMs = performance.now() - started;
  const { user, system } = process.cpuUsage(processor);
  latencies.sort();
  return {
    perSecond: (latencies.length / elapsedMs) * 1000,
    p50Ms: latencies[Math.floor(latencies.length * 0.5)] ?? Number.NaN,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
    clientCores: (user + system) / 1000 / elapsedMs,
  };
}

async function drive(
  clients: readonly (() => Promise<void>)[],
  durationMs: number,
  requestsMax: number,
): Promise<Float64Array> {
  const latencies: number[] = [];
  const end = performance.now() + durationMs;
  const client = async (send: () => Promise<void>): Promise<void> => {
    let now = performance.now();
    while (now < end && latencies.length < requestsMax) {
      await send();
      const answered = performance.now();
      latencies.push(answered - now);
      now = answered;
    }
  };
  await Promise.all(clients.map(client));
  return Float64Array.from(latencies);
}
