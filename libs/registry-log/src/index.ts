export * from './event/object-facts.ts';
export * from './event/registry-entry.ts';
export * from './event/registry-key.ts';
export * from './publisher/registry-log-publisher.ts';
export * from './source/etcd-revision-source.ts';
export * from './source/revision-source.ts';
export * from './testing/check-registry-log.ts';
