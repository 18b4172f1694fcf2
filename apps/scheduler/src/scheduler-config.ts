/** Configuration of one scheduler. */
export interface SchedulerConfig {
  /** Pods that name another scheduler are left alone. Default `default-scheduler`. */
  readonly schedulerName?: string;
  /** Only the holder of the Lease `kube-system/kube-scheduler` schedules. Without it there must be one scheduler only. */
  readonly leaderElect: boolean;
}
