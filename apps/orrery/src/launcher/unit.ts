/** How one part of a running cluster is doing, for `orrery status`. */
export interface UnitStatus {
  readonly service: string;
  readonly instance: string;
  readonly state: 'running' | 'stopped' | 'restarting';
  /** The process that it lives in; 0 when stopped. */
  readonly processId: number;
  readonly healthy: boolean;
  /** What is wrong, where something is. */
  readonly message: string;
  readonly version: string;
}

/**
 * One part of a running cluster that can be started and stopped by itself: the broker, or a service in this process or in one of its own.
 * All methods may be called in any state; each brings the unit to where its name says.
 */
export interface Unit {
  readonly service: string;
  readonly instance: string;
  /** Resolves when the unit is ready for work. */
  start(): Promise<void>;
  /** Ends the unit in good order. */
  stop(): Promise<void>;
  /** Ends the unit as a crash would (SIGKILL); it comes back by itself. Throws `CannotKillError` where that would end the launcher too. */
  kill(): Promise<void>;
  status(): Promise<UnitStatus>;
}

/** The unit has no process of its own that could be killed. */
export class CannotKillError extends Error {
  override readonly name = 'CannotKillError';
  constructor(readonly instance: string) {
    super(`${instance} runs inside the launcher's process; start the cluster with --processes to kill single services`);
  }
}
