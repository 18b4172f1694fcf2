export * from './etcd-cluster.driver.ts';
export * from './faulty-link.driver.ts';
export * from './free-port.driver.ts';
export * from './raw-api.ts';
export * from './start-cluster.ts';
export * from './test-cluster.ts';
export * from './test-cluster-options.ts';
