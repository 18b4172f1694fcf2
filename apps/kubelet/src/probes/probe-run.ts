import type { Probe } from '@orrery/api';
import { CriError } from '@orrery/cri';
import type { ProbeContext } from './probe-context.ts';
import { httpProbe, portNumber, probeTarget, type RequestTarget } from './probe-request.ts';

/** `error`: the probe itself could not be run, which says nothing of the container. */
export interface ProbeResult {
  readonly kind: 'success' | 'failure' | 'error';
  readonly output: string;
}

/** Output of a probe that events show; the rest is cut. */
const outputMax = 10 * 1024;

/** Runs a probe once. Never rejects. */
export async function runProbe(context: ProbeContext, probe: Probe, target: RequestTarget): Promise<ProbeResult> {
  try {
    if (probe.exec) return await execProbe(context, probe.exec.command ?? [], target);
    if (probe.httpGet) return await getProbe(context, probe.httpGet, target);
    const { podIp: host, timeoutMs, container } = target;
    if (probe.tcpSocket) {
      const port = portNumber(probe.tcpSocket.port, container);
      const to = probe.tcpSocket.host || host;
      await context.probeNetwork.tcp({ target: probeTarget(target), host: to, port, timeoutMs });
    } else if (probe.grpc) {
      const { port, service = '' } = probe.grpc;
      if (!context.probeNetwork.grpc) throw new Error('gRPC probes are not offered here');
      await context.probeNetwork.grpc({ target: probeTarget(target), host, port, service, timeoutMs });
    }
    return { kind: 'success', output: '' };
  } catch (error) {
    return { kind: 'failure', output: error instanceof Error ? error.message : String(error) };
  }
}

async function execProbe({ cri }: ProbeContext, cmd: string[], target: RequestTarget): Promise<ProbeResult> {
  const timeout = BigInt(Math.ceil(target.timeoutMs / 1000));
  try {
    const { exitCode, stdout, stderr } = await cri.execSync({ containerId: target.containerId, cmd, timeout });
    const output = Buffer.concat([stdout, stderr]).subarray(0, outputMax).toString('utf8');
    return { kind: exitCode === 0 ? 'success' : 'failure', output };
  } catch (error) {
    if (!(error instanceof CriError)) throw error;
    if (error.code === 'deadlineExceeded') {
      return { kind: 'failure', output: `command timed out: "${cmd.join(' ')}" timed out after ${timeout}s` };
    }
    return { kind: 'error', output: error.message };
  }
}

async function getProbe(
  { probeNetwork }: ProbeContext,
  action: NonNullable<Probe['httpGet']>,
  target: RequestTarget,
): Promise<ProbeResult> {
  const { status, body } = await probeNetwork.http(httpProbe(action, target));
  if (status >= 200 && status < 400) return { kind: 'success', output: body };
  return { kind: 'failure', output: `HTTP probe failed with statuscode: ${status}` };
}
