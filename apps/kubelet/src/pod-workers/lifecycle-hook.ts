import type { Container, LifecycleHandler, Pod } from '@orrery/api';
import type { Milliseconds } from '@orrery/runtime';
import { httpProbe } from '../probes/probe-request.ts';
import type { NodeContext } from './node-context.ts';

export interface HookTarget {
  readonly pod: Pod;
  readonly container: Container;
  readonly containerId: string;
  readonly podIp: string;
}

/** Runs a postStart or preStop handler to its end; rejects when it fails. `timeoutMs`: how long it may take. */
export async function runHook(
  context: NodeContext,
  handler: LifecycleHandler,
  target: HookTarget,
  timeoutMs: Milliseconds,
): Promise<void> {
  if (handler.exec) {
    const cmd = handler.exec.command ?? [];
    const timeout = BigInt(Math.max(1, Math.ceil(timeoutMs / 1000)));
    const { exitCode, stderr, stdout } = await context.cri.execSync({ containerId: target.containerId, cmd, timeout });
    if (exitCode === 0) return;
    const output = Buffer.concat([stdout, stderr]).toString('utf8');
    throw new Error(
      `Exec lifecycle hook (${cmd.join(' ')}) failed - error: command '${cmd.join(' ')}' exited with ${exitCode}: ${output}`,
    );
  }
  if (handler.httpGet) {
    await context.probeNetwork.http(httpProbe(handler.httpGet, { ...target, timeoutMs }));
    return;
  }
  if (handler.sleep) await context.host.timers.sleep(Math.min(handler.sleep.seconds * 1000, timeoutMs));
}
