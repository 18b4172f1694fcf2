export * from './metrics/metrics-registry.ts';
export * from './running-service.ts';
export * from './service.ts';
export * from './service-process.ts';
export * from './version.ts';
