export * from './cri.ts';
export * from './cri-values.ts';
export * from './in-process-cri-endpoint.ts';
export * from './unix-socket-cri-endpoint.ts';
