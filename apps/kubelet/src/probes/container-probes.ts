import type { Container, Pod, Probe } from '@orrery/api';
import type { Timer } from '@orrery/runtime';
import type { ProbeVerdicts } from '../pod-lifecycle/plan-pod.ts';
import type { RuntimeContainer } from '../pod-lifecycle/runtime-pod.ts';
import type { ProbeContext } from './probe-context.ts';
import { runProbe } from './probe-run.ts';
import { counted, emptyTally, type ProbeTally } from './probe-tally.ts';

type ProbeKind = 'startup' | 'liveness' | 'readiness';
const titles: Record<ProbeKind, string> = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' };

/** The container run that is probed, and what is known of it already. */
export interface ProbeStart {
  readonly spec: Container;
  readonly container: RuntimeContainer;
  readonly podIp: string;
  readonly verdicts: ProbeVerdicts;
}

/** Probes one run of one container. The startup probe goes first; until it has succeeded the others wait. */
export class ContainerProbes {
  private readonly tallies = new Map<ProbeKind, ProbeTally>();
  private readonly timers = new Map<ProbeKind, Timer>();
  private readonly spec: Container;
  private readonly container: RuntimeContainer;
  private podIp: string;
  private stopped = false;

  constructor(
    private readonly context: ProbeContext,
    private pod: Pod,
    start: ProbeStart,
    private readonly changed: () => void,
  ) {
    this.spec = start.spec;
    this.container = start.container;
    this.podIp = start.podIp;
    for (const kind of ['startup', 'liveness', 'readiness'] as const) {
      this.tallies.set(kind, { ...emptyTally, verdict: start.verdicts[kind] });
    }
    if (this.spec.startupProbe && start.verdicts.startup !== 'success')
      this.schedule('startup', this.spec.startupProbe);
    else this.scheduleOthers();
  }

  update(pod: Pod, podIp: string): void {
    this.pod = pod;
    this.podIp = podIp;
  }

  verdicts(): ProbeVerdicts {
    const verdict = (kind: ProbeKind) => this.tallies.get(kind)?.verdict ?? 'unknown';
    return { startup: verdict('startup'), liveness: verdict('liveness'), readiness: verdict('readiness') };
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers.values()) timer.cancel();
  }

  private scheduleOthers(): void {
    if (this.spec.livenessProbe) this.schedule('liveness', this.spec.livenessProbe);
    if (this.spec.readinessProbe) this.schedule('readiness', this.spec.readinessProbe);
  }

  private schedule(kind: ProbeKind, probe: Probe): void {
    const earliest = this.container.startedAt + (probe.initialDelaySeconds ?? 0) * 1000;
    const delay = Math.max(0, earliest - this.context.clock.now());
    this.timers.set(
      kind,
      this.context.timers.after(delay, () => void this.run(kind, probe)),
    );
  }

  private async run(kind: ProbeKind, probe: Probe): Promise<void> {
    const startedAt = this.context.clock.monotonic();
    const result = await runProbe(this.context, probe, {
      pod: this.pod,
      container: this.spec,
      containerId: this.container.id,
      podIp: this.podIp,
      timeoutMs: (probe.timeoutSeconds ?? 1) * 1000,
    });
    if (this.stopped) return;
    if (result.kind === 'failure') {
      this.context.events.containerEvent(
        this.pod,
        this.spec.name,
        'Warning',
        'Unhealthy',
        `${titles[kind]} probe failed: ${result.output}`,
      );
    } else if (result.kind === 'error') {
      this.context.events.containerEvent(
        this.pod,
        this.spec.name,
        'Warning',
        'Unhealthy',
        `${titles[kind]} probe errored: ${result.output}`,
      );
    }
    if (result.kind !== 'error') this.count(kind, result.kind, probe);
    const startupIsOver = kind === 'startup' && this.tallies.get(kind)?.verdict === 'success';
    if (startupIsOver) {
      this.scheduleOthers();
      return;
    }
    const spent = this.context.clock.monotonic() - startedAt;
    const delay = Math.max(0, (probe.periodSeconds ?? 10) * 1000 - spent);
    this.timers.set(
      kind,
      this.context.timers.after(delay, () => void this.run(kind, probe)),
    );
  }

  private count(kind: ProbeKind, result: 'success' | 'failure', probe: Probe): void {
    const before = this.tallies.get(kind) ?? emptyTally;
    const after = counted(before, result, probe);
    this.tallies.set(kind, after);
    if (after.verdict !== before.verdict) this.changed();
  }
}
