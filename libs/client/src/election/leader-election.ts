import { isAlreadyExists, isConflict, Lease, type ObjectKey } from '@orrery/api';
import { AbortedError, formatMicroTime, type Host, type Logger, type Milliseconds } from '@orrery/runtime';
import type { ApiClient } from '../api/api-client.ts';

export interface LeaderElectionOptions {
  /** The Lease that candidates compete for: `kube-system/kube-controller-manager`. */
  readonly lease: ObjectKey;
  /**
   * Unique among living candidates. A candidate that comes back under the same name takes its own Lease over at once, so a restarted
   * service does not wait for the Lease of its former life.
   */
  readonly identity: string;
  /** Others take over after the holder has been silent for this long. Default 15,000. */
  readonly leaseDuration?: Milliseconds;
  /** The holder gives up after failing to renew for this long. Default 10,000. */
  readonly renewDeadline?: Milliseconds;
  /** Pause between attempts. Default 2,000. */
  readonly retryPeriod?: Milliseconds;
}

/** One leader among several instances, by a coordination.k8s.io Lease. Holders' clocks are never compared with ours. */
export class LeaderElection {
  private readonly leaseDuration: Milliseconds;
  private readonly renewDeadline: Milliseconds;
  private readonly retryPeriod: Milliseconds;
  private readonly stopping = new AbortController();
  private readonly logger: Logger;
  private observed: { readonly version: string; readonly at: Milliseconds } | undefined;
  private held: Lease | undefined;
  private running: Promise<void> | undefined;
  private isLeading = false;

  constructor(
    private readonly api: ApiClient,
    private readonly host: Host,
    private readonly options: LeaderElectionOptions,
  ) {
    this.leaseDuration = options.leaseDuration ?? 15_000;
    this.renewDeadline = options.renewDeadline ?? 10_000;
    this.retryPeriod = options.retryPeriod ?? 2_000;
    this.logger = host.logger.child({ lease: options.lease.name, identity: options.identity });
  }

  get leading(): boolean {
    return this.isLeading;
  }

  /**
   * Competes until `stop`. `lead` runs while the Lease is held; its signal aborts when the Lease is lost or given up, and the Lease is
   * released only after `lead` has ended. After a loss this instance competes again.
   */
  start(lead: (signal: AbortSignal) => Promise<void>): void {
    this.running ??= this.run(lead);
  }

  /** Ends leading, releases the Lease. May be called twice. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    let failures = 0;
    while (!signal.aborted) {
      const outcome = await this.tryAcquire();
      if (outcome === 'held') {
        failures = 0;
        await this.holdWhile(lead);
        continue;
      }
      failures = outcome === 'failed' ? failures + 1 : 0;
      await this.pause(outcome === 'failed' ? Math.min(25 * 2 ** failures, this.retryPeriod) : this.retryPeriod);
    }
  }

  private async holdWhile(lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const lost = new AbortController();
    const signal = AbortSignal.any([this.stopping.signal, lost.signal]);
    this.isLeading = true;
    this.logger.info('became leader');
    const renewing = this.renewUntil(signal, lost);
    try {
      await lead(signal);
    } catch (error) {
      if (!(error instanceof AbortedError)) this.logger.error('leading failed', { error });
    }
    this.isLeading = false;
    lost.abort();
    await renewing;
    await this.release();
    this.logger.info('stopped leading');
  }

  private async renewUntil(signal: AbortSignal, lost: AbortController): Promise<void> {
    let renewedAt = this.host.clock.monotonic();
    while (!signal.aborted) {
      await this.host.timers.sleep(this.retryPeriod, signal).catch(ignoreAbort);
      if (signal.aborted) return;
      const outcome = await this.tryAcquire();
      if (outcome === 'held') renewedAt = this.host.clock.monotonic();
      const silent = this.host.clock.monotonic() - renewedAt;
      if (outcome === 'taken' || silent >= this.renewDeadline) {
        this.logger.warn('lost the lease', { outcome });
        this.held = undefined;
        lost.abort();
      }
    }
  }

  private async tryAcquire(): Promise<'held' | 'taken' | 'failed'> {
    try {
      const lease = this.held ?? (await this.api.get(Lease, this.options.lease));
      if (lease === undefined) return this.keep(await this.api.create(Lease, this.firstLease()));
      if (!this.mayTake(lease)) return 'taken';
      return this.keep(await this.api.update(Lease, this.renewed(lease)));
    } catch (error) {
      this.held = undefined;
      if (!isConflict(error) && !isAlreadyExists(error)) this.logger.debug('lease is out of reach', { error });
      return 'failed';
    }
  }

  private keep(lease: Lease): 'held' {
    this.held = lease;
    return 'held';
  }

  private mayTake(lease: Lease): boolean {
    const holder = lease.spec.holderIdentity ?? '';
    if (holder === '' || holder === this.options.identity) return true;
    const now = this.host.clock.monotonic();
    const version = lease.metadata.resourceVersion;
    if (this.observed?.version !== version) this.observed = { version, at: now };
    const duration = (lease.spec.leaseDurationSeconds ?? 0) * 1000 || this.leaseDuration;
    return now - this.observed.at >= duration;
  }

  private firstLease() {
    const now = formatMicroTime(this.host.clock.now());
    return {
      metadata: { ...this.options.lease },
      spec: {
        holderIdentity: this.options.identity,
        leaseDurationSeconds: Math.round(this.leaseDuration / 1000),
        acquireTime: now,
        renewTime: now,
        leaseTransitions: 0,
      },
    };
  }

  private renewed(lease: Lease): Lease {
    const now = formatMicroTime(this.host.clock.now());
    const same = lease.spec.holderIdentity === this.options.identity;
    return {
      ...lease,
      spec: {
        ...lease.spec,
        holderIdentity: this.options.identity,
        leaseDurationSeconds: Math.round(this.leaseDuration / 1000),
        acquireTime: same ? (lease.spec.acquireTime ?? now) : now,
        renewTime: now,
        leaseTransitions: (lease.spec.leaseTransitions ?? 0) + (same ? 0 : 1),
      },
    };
  }

  private async release(): Promise<void> {
    const lease = this.held;
    this.held = undefined;
    if (lease === undefined) return;
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 };
    try {
      await this.api.update(Lease, { ...lease, spec });
    } catch (error) {
      this.logger.debug('the lease could not be released and will run out', { error });
    }
  }

  private async pause(delay: Milliseconds): Promise<void> {
    const jitter = 1 + 0.2 * this.host.random.next();
    await this.host.timers.sleep(delay * jitter, this.stopping.signal).catch(ignoreAbort);
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof AbortedError)) throw error;
}
