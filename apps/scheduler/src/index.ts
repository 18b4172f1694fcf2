export { schedulerService } from './scheduler.module.ts';
export type { SchedulerConfig } from './scheduler-config.ts';
