/** Second door, for Nest applications whose controllers serve subjects: `@orrery/bus/nest`. */
export * from './nest/bus-error-filter.ts';
export * from './nest/bus-patterns.ts';
export * from './nest/bus-server.ts';
